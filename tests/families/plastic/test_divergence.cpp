// Runs whose loss stops being finite: told with their place, and no loss to the others.
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

Config small() {
  Config c;
  c.hidden_dims = {3}, c.plastic_types = {"A"}, c.hetero_rates = {0}, c.T_min = 20, c.n_runs = 2;
  c.max_total_iterations = 20;
  return c;
}

void run_to_end(PlasticExperiment& run) {
  for (std::int64_t step = 0; step < run.total_steps() && !run.finished(); ++step) run.step();
}

// As if the run of seed 5 had diverged in its third iteration.
void restore_diverged(PlasticExperiment& run) {
  PlasticExperiment source(run.config(), test::context());
  for (int k = 0; k < 3; ++k) source.step();
  Arrays state = source.state();
  std::ranges::find(state, std::string("runs/5/numbers"), &Array::name)->as<std::int64_t>()[4] =
      static_cast<std::int64_t>(End::diverged);
  run.restore(state);
}

}  // namespace

// A step that throws the parameters to infinity.
TEST_CASE("plastic divergence: told with seed, interval and iteration, and the results stay", "[plastic]") {
  Config c = small();
  c.lr = 1e38;
  PlasticExperiment run(c, test::context());
  run_to_end(run);
  REQUIRE(run.finished());
  CHECK_THAT(run.divergence().value(), Catch::StartsWith("seed 5, R 1, iteration ") &&
                                           Catch::Contains("; seed 6, R 1, iteration ") &&
                                           Catch::Contains("not finite"));
  const test::TemporaryDirectory folder;
  Hdf5Writer writer(folder / "results.h5");
  run.write_results(writer);
  writer.close();
  CHECK(Hdf5Reader(folder / "results.h5").text_attribute("/runs/5", "status") == "diverged");
}

TEST_CASE("plastic divergence: ends all runs, or itself alone", "[plastic]") {
  Config c = small();
  PlasticExperiment stopped(c, test::context());
  restore_diverged(stopped);
  CHECK(stopped.finished());
  CHECK_THAT(stopped.divergence().value(), Catch::StartsWith("seed 5, R 1, iteration 3: ") &&
                                               Catch::Contains("on_divergence: drop") &&
                                               !Catch::Contains("seed 6"));
  c.on_divergence = OnDivergence::drop;
  PlasticExperiment dropped(c, test::context()), whole(c, test::context());
  restore_diverged(dropped);
  CHECK_FALSE(dropped.divergence());
  for (int k = 3; k < 20; ++k) dropped.step();
  run_to_end(whole);
  CHECK(dropped.learners()[0].iterations() == 3);
  CHECK(dropped.learners()[1].parameters() == whole.learners()[1].parameters());
}

}  // namespace tsd::plastic
