// Students whose weights run away: told with their place, and no loss to the others.
#include <cmath>

#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

// Linear cells without self-prediction: the loop over both cells has the gain BPP WPP (0.32 * 0.77), which is
// -1.5 for the student of seed 1, whose rates and then WIP are infinite within the first epoch, and -0.02,
// 0.36 for those of 3 and 4.
Config linear(std::vector<std::string> more) {
  for (const char* override :
       {"task=bw_only", "activation=linear", "init_in_SPS=false", "init_WPP_range=[-6, 6]",
        "init_BPP_range=[-6, 6]", "init_BPI_range=[0, 0]", "init_WIP_range=[0, 0]", "eta_IP=[1e-3]",
        "dataset_size=2", "epochs=4", "settling_time=1", "rec_per_steps=50"})
    more.push_back(override);
  return published("fig4ab_fa", more);
}

void run_to_end(MicrocircuitExperiment& run) {
  for (std::int64_t step = 0; step < run.total_steps() && !run.finished(); ++step) run.step();
}

std::vector<double> series(const MicrocircuitExperiment& run, const std::string& name) {
  const Arrays state = run.state();
  const auto values = find(state, "students/" + name).as<double>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("divergence: told with student, epoch, samples and name", "[microcircuit]") {
  MicrocircuitExperiment run(
      published("fig3abc", {"random_seed=[123, 456]", "alpha=[1e5, 0, 0]", "settling_time=0"}),
      Finished::context());
  CHECK_FALSE(run.divergence());
  run.step();
  CHECK(run.finished());
  CHECK_THAT(run.divergence().value(), Catch::Contains("student 123, epoch 1, samples 1 to 100") &&
                                           Catch::Contains("first bad parameter: BPP_1") &&
                                           Catch::Contains("student 456, epoch 1"));
}

TEST_CASE("divergence: ends the run, and what came before is kept", "[microcircuit]") {
  MicrocircuitExperiment run(linear({"random_seed=[3, 1, 4]"}), Finished::context());
  run_to_end(run);
  CHECK_THAT(run.divergence().value(), Catch::Contains("student 1, epoch 1, samples 1 to 2") &&
                                           Catch::Contains("on_divergence: drop") &&
                                           !Catch::Contains("student 3"));
  const auto WIP = series(run, "3/record/WIP_1");
  CHECK(WIP.size() == 2 + 4);  // settling, one epoch
  CHECK(std::isfinite(WIP.back()));
}

TEST_CASE("divergence: a student is left out and the others learn as without it", "[microcircuit]") {
  MicrocircuitExperiment run(linear({"random_seed=[3, 1, 4]", "on_divergence=drop"}), Finished::context()),
      without(linear({"random_seed=[3, 4]"}), Finished::context());
  run_to_end(run), run_to_end(without);
  CHECK_FALSE(run.divergence());
  for (const std::string name : {"3/record/WIP_1", "4/record/WIP_1", "3/circuit", "4/circuit"})
    CHECK(series(run, name) == series(without, name));
  const auto lost = series(run, "1/record/WIP_1"), kept = series(run, "3/record/WIP_1");
  REQUIRE(lost.size() == kept.size());
  CHECK((std::isfinite(lost[1]) && std::isnan(lost.back())));
}

TEST_CASE("divergence: a resumed run knows whom it left out", "[microcircuit]") {
  const Config config = linear({"random_seed=[1, 3, 4]", "on_divergence=drop"});
  MicrocircuitExperiment run(config, Finished::context()), resumed(config, Finished::context());
  run.step(), run.step();  // settling, the first epoch
  resumed.restore(run.state());
  for (int epoch = 2; epoch <= 4; ++epoch) run.step(), resumed.step();
  for (const std::string name : {"3/record/WIP_1", "3/circuit", "4/circuit"})
    CHECK(series(run, name) == series(resumed, name));
  CHECK(resumed.students()[0].diverged == 1);
}
