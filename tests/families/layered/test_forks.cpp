// A longer run from the state of a shorter one: not from what the end's evaluation left.
#include "families/layered/experiment.hpp"
#include "families/layered/fixture.hpp"
#include "tsd/error.hpp"

namespace tsd::layered {
namespace {

Config bars(int epochs) {
  Config c = test::small_net(Rule::PAL);
  c.input = {1, 1, 5};
  c.n_updates = 2;
  c.epochs = epochs;
  c.evaluation = {{"test"}, {"test"}, {"test"}, {}, true, {}};
  c.data.bars = {9, 3, 0.1};
  return c;
}

Arrays state_after(std::int64_t steps, int epochs) {
  LayeredExperiment run(bars(epochs), {.seed = 1});
  for (std::int64_t t = 0; t < steps; ++t) run.step();
  return run.state();
}

}  // namespace

TEST_CASE("layered forks: more epochs, but from before the end's evaluation", "[layered]") {
  // Test 2 steps, epoch 6, test 2: at its end an evaluation of 2 more.
  LayeredExperiment longer(bars(2), {.seed = 1});
  CHECK(LayeredExperiment(bars(1), {.seed = 1}).total_steps() == 12);
  CHECK(longer.total_steps() == 20);
  for (const std::int64_t steps : {1, 7, 9, 10}) {
    CAPTURE(steps);
    longer.restore(state_after(steps, 1));
    CHECK_NOTHROW(longer.take_over({"epochs"}));
  }
  for (const std::int64_t steps : {11, 12}) {
    CAPTURE(steps);
    longer.restore(state_after(steps, 1));
    CHECK_THROWS_WITH(longer.take_over({"epochs"}), Catch::Contains("evaluation.end"));
    CHECK_NOTHROW(longer.take_over({"lr"}));
  }
}

}  // namespace tsd::layered
