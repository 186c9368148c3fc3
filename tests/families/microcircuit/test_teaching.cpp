// Where Fig. 4ab ends after 5000 epochs, fifty million steps per student (microcircuit.md 11.4).
#include <algorithm>
#include <map>

#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

// Mean of the ten records of the last epoch.
double last_error(const Finished& run, std::int64_t seed) {
  const auto mse = run.series(std::to_string(seed), "MSE");
  double sum = 0;
  for (const double value : mse.last(10)) sum += value;
  return sum / 10;
}

struct Errors {
  double mean = 0, least = 1e300, most = 0;
};

Errors last_errors(const Finished& run, const Config& config) {
  Errors errors;
  for (const std::int64_t seed : config.random_seed) {
    const double error = last_error(run, seed);
    errors.mean += error / static_cast<double>(config.random_seed.size());
    errors.least = std::min(errors.least, error);
    errors.most = std::max(errors.most, error);
  }
  return errors;
}

}  // namespace

TEST_CASE("teaching: PAL learns the task, having turned the sign of BPP", "[microcircuit][slow]") {
  const Config config = published("fig4ab_pal");
  const Finished run(config);
  // Seed 123 to the printed digits, ten: trajectories are reproducible whatever the order of operations.
  CHECK(run.weight("123.WPP_1", 0) == Approx(2.0867365274).epsilon(5e-11));
  CHECK(run.weight("123.WPP_2", 0) == Approx(1.9831387879).epsilon(5e-11));
  CHECK(run.weight("123.WIP_1", 0) == Approx(1.98294557).epsilon(5e-9));
  CHECK(run.weight("123.BPP_1", 0) == Approx(0.2843748338).epsilon(5e-10));
  CHECK(run.weight("123.BPI_1", 0) == Approx(-0.2833706863).epsilon(5e-10));
  CHECK(last_error(run, 123) == Approx(9.270036e-06).epsilon(1e-6));
  // Records: ten of settling, then ten per epoch. The end of epoch 1000, counted from 0.
  const std::size_t end = 10 + 10 * 1001 - 1;
  CHECK(run.series("123", "WPP_1")[end] == Approx(0.4733436192).epsilon(5e-10));
  CHECK(run.series("123", "WPP_2")[end] == Approx(2.3655399574).epsilon(5e-11));
  CHECK(run.series("123", "BPP_1")[end] == Approx(0.2826994098).epsilon(5e-10));
  const Errors errors = last_errors(run, config);
  CHECK(errors.mean == Approx(3.3e-6).epsilon(0.05));
  CHECK(errors.least == Approx(1.7e-7).epsilon(0.05));
  CHECK(errors.most < 1e-5);
  for (const std::int64_t seed : config.random_seed) {
    const double BPP = run.weight(std::to_string(seed) + ".BPP_1", 0);
    CHECK((BPP > 0.245 && BPP < 0.365));
  }
}

TEST_CASE("teaching: BP learns the task", "[microcircuit][slow]") {
  const Config config = published("fig4ab_bp");
  const Finished run(config);
  CHECK(run.weight("123.WPP_1", 0) == Approx(2.14111).epsilon(5e-6));
  CHECK(run.weight("123.WPP_2", 0) == Approx(1.97331).epsilon(5e-6));
  const Errors errors = last_errors(run, config);
  CHECK(errors.mean == Approx(1.1e-5).epsilon(0.05));
  CHECK((errors.least > 5.5e-6 && errors.most < 2.15e-5));
}

TEST_CASE("teaching: FA with feedback of the wrong sign never learns it", "[microcircuit][slow]") {
  const Config config = published("fig4ab_fa");
  const Finished run(config);
  const Errors errors = last_errors(run, config);
  CHECK(errors.mean == Approx(0.35).margin(0.005));
  CHECK((errors.least > 0.145 && errors.most < 0.445));
  for (const std::int64_t seed : config.random_seed)
    CHECK(run.weight(std::to_string(seed) + ".WPP_1", 0) < -14.5);
}
