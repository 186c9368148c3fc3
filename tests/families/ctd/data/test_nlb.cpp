// The benchmark's scores on made-up data, whose values nlb_tools 0.0.4 gives (ctd_data.md 11.6), and baselines.
#include <cmath>
#include <limits>

#include "families/ctd/data/analysis/baselines.hpp"
#include "families/ctd/data/analysis/benchmark.hpp"
#include "families/ctd/data/analysis/nlb_scores.hpp"
#include "families/ctd/data/analysis/targets.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_data {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr double kFloat32 = 2e-7;  // rates and counts are in single precision, sums in double

template <class Value>
Grid filled(int trials, int steps, int columns, const Value& value) {
  Grid grid{trials, steps, columns, {}};
  for (int k = 0; k < trials; ++k)
    for (int t = 0; t < steps; ++t)
      for (int n = 0; n < columns; ++n) grid.values.push_back(static_cast<float>(value(k, t, n)));
  return grid;
}
float& at(Grid& grid, int k, int t, int n) {
  return grid.values[static_cast<std::size_t>((k * grid.steps + t) * grid.columns + n)];
}

Grid counts(int B, int T, int N, int o) {
  return filled(B, T, N, [&](int k, int t, int n) { return (7 * k + 3 * t + 5 * n + k * t + o) % 4; });
}
Grid rates(int B, int T, int N, int o) {
  const Grid y = counts(B, T, N, o);
  return filled(B, T, N, [&](int k, int t, int n) {
    return 0.6 + 0.5 * std::pow(std::sin(0.7 * k + 0.3 * t + 1.1 * n + o), 2) + 0.25 * y.at(k, t)[n];
  });
}

double course(int k, int t, int n, double o) {
  return 1 + 0.5 * std::sin(0.37 * k + 0.21 * t + 0.9 * n + o) + 0.3 * std::cos(0.11 * k * t + 0.5 * n);
}
Grid courses(int B, double o) {
  return filled(B, 10, 4, [&](int k, int t, int n) { return course(k, t, n, o); });
}
Grid velocity(int B, double o) {
  return filled(B, 10, 2, [&](int k, int t, int axis) {
    const auto x = [&](int n) { return course(k, t, n, o); };
    return axis == 0 ? 2 * x(0) - x(1) + 0.4 * std::sin(1.3 * k + 0.8 * t + o)
                     : 0.5 * x(2) + x(3) * x(3) + 0.3 * std::cos(0.9 * k - 0.6 * t + o);
  });
}

}  // namespace

TEST_CASE("ctd_data nlb: bits per spike") {
  Grid y = counts(4, 6, 3, 0), r = rates(4, 6, 3, 0);
  CHECK(nlb_bits_per_spike(r, y) == Approx(0.13620065).margin(kFloat32));
  Grid missing = y;
  for (int t = 0; t < 2; ++t)
    for (int n = 0; n < 3; ++n) at(missing, 1, t, n) = kMissing;
  CHECK(nlb_bits_per_spike(r, missing) == Approx(0.15524286).margin(kFloat32));
  Grid zero = r;
  at(zero, 0, 0, 0) = 0;  // no spike there
  CHECK(nlb_bits_per_spike(zero, y) == Approx(0.14436685).margin(kFloat32));
  zero = r;
  at(zero, 0, 1, 0) = 0;  // three spikes there
  CHECK(nlb_bits_per_spike(zero, y) == Approx(-0.70453594).margin(kFloat32));
  Grid silent = y;
  for (int k = 0; k < 4; ++k)
    for (int t = 0; t < 6; ++t) at(silent, k, t, 2) = 0;
  CHECK(nlb_bits_per_spike(r, silent) == Approx(-0.44977757).margin(kFloat32));
  CHECK(std::isnan(nlb_bits_per_spike(r, filled(4, 6, 3, [](int, int, int) { return 0; }))));
}

TEST_CASE("ctd_data nlb: velocity decoding") {
  const Grid x = courses(12, 0), y = velocity(12, 0), x_eval = courses(5, 0.5), y_eval = velocity(5, 0.5);
  CHECK(decoding_r2({x, y, {}}, {x_eval, y_eval, {}}) == Approx(0.76614472).margin(1e-6));
  TrialGroups train(2), eval(2);
  for (int k = 0; k < 12; ++k) train[0].push_back(k % 2 == 0), train[1].push_back(k % 2 == 1);
  for (int k = 0; k < 5; ++k) eval[0].push_back(k % 2 == 0), eval[1].push_back(k % 2 == 1);
  CHECK(decoding_r2({x, y, train}, {x_eval, y_eval, eval}) == Approx(0.72138709).margin(1e-6));
  Grid gap = y, gap_eval = y_eval;
  for (int a = 0; a < 2; ++a) {
    for (int t = 8; t < 10; ++t) at(gap, 3, t, a) = kMissing;
    for (int t = 0; t < 3; ++t) at(gap_eval, 2, t, a) = kMissing;
  }
  CHECK(decoding_r2({x, gap, {}}, {x_eval, gap_eval, {}}) == Approx(0.77991389).margin(1e-6));
}

TEST_CASE("ctd_data nlb: condition averages") {
  Grid psth =
      filled(3, 6, 4, [](int c, int t, int n) { return 0.2 + 0.1 * std::sin(0.9 * c + 0.5 * t + 0.7 * n); });
  const Grid r = filled(9, 6, 4, [&](int k, int t, int n) {
    return 0.2 + 0.1 * std::sin(0.9 * (k % 3) + 0.5 * t + 0.7 * n) + 0.03 * std::cos(1.7 * k + 0.3 * t * n);
  });
  std::vector<std::vector<std::int64_t>> trials = {{0, 3, 6}, {1, 4, 7}, {2, 5, 8}};
  CHECK(psth_r2(psth, r, trials, {}) == Approx(0.95925897).margin(1e-6));
  auto none = trials;
  none[1] = {};
  CHECK(psth_r2(psth, r, none, {}) == Approx(0.96401910).margin(1e-6));
  const std::vector<std::int64_t> jitter = {0, 1, 2, 0, 1, 2, 0, 1, 2};
  CHECK_THROWS_WITH(psth_r2(psth, r, trials, jitter), Catch::Contains("got none at step 0 of condition 1"));
  for (int c = 0; c < 3; ++c)
    for (int t = 0; t < 2; ++t)
      for (int n = 0; n < 4; ++n) at(psth, c, t, n) = kMissing;
  CHECK(psth_r2(psth, r, trials, jitter) == Approx(0.31867752).margin(1e-6));
}

TEST_CASE("ctd_data nlb: speed of rates and produced time") {
  const Grid r = filled(
      8, 7, 3, [](int k, int t, int n) { return 1 + (0.3 + 0.05 * ((3 * k) % 5)) * std::sin(0.6 * t + n); });
  Grid spikes = filled(8, 7, 1, [](int, int, int) { return 1; });
  for (int k = 0; k < 8; ++k)
    for (int t = 0; t < (k == 3 ? 4 : 2); ++t) at(spikes, k, t, 0) = kMissing;
  const Grid behavior = filled(8, 1, 5, [](int k, int, int a) {
    const double row[] = {double(k % 2), 0, 0, 0.8, 0.7 + 0.05 * ((5 * k) % 7)};
    return row[a];
  });
  CHECK(speed_correlation(r, spikes, behavior) == Approx(0.19939028).margin(1e-6));
}

TEST_CASE("ctd_data nlb: the benchmark's names say how long a bin is") {
  const auto refusal = [](const std::string& name, const Extents& e) -> std::string {
    try {
      check_benchmark(name, e, "f.h5");
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(refusal("mc_maze_20", {45, 137, 182, 0, 10}) == "accepted");
  CHECK(refusal("mc_maze_large", {140, 122, 162, 0}) == "accepted");
  CHECK(refusal("recording", {7, 1, 2, 0}) == "accepted");
  CHECK(
      refusal("mc_maze", {45, 137, 182, 0, 10}) ==
      "f.h5: mc_maze: expected 140 steps of 5 ms, got 35, bins of 20 ms (nlb.dataset: names without _20 have "
      "bins of 5 ms)");
  CHECK(
      refusal("mc_maze_20", {40, 137, 182, 0, 5}) ==
      "f.h5: mc_maze_20: expected 10 later steps of 20 ms, got 5, bins of 40 ms (nlb.dataset: names without "
      "_20 have bins of 5 ms)");
}

TEST_CASE("ctd_data nlb: what predictions are scored against") {
  const test::TemporaryDirectory folder;
  Config c;
  c.data.file = (folder / "recording.h5").string();
  const Predicted sizes{{3, 1, 2, 0}, 2, 2};
  // Datasets [2, 3, columns] of one number each.
  const auto write = [&](const std::vector<std::tuple<std::string, int, float>>& datasets) {
    Hdf5Writer file(c.data.file);
    for (const auto& [name, columns, value] : datasets)
      file.dataset<float>("/" + name, std::vector<float>(static_cast<std::size_t>(6 * columns), value),
                          {2, 3, columns}, {name + " trial,time," + name + " column", "", ""});
    file.close();
  };
  write({{"valid_recon_data", 2, 3}, {"test_recon_data", 2, 7}, {"train_behavior", 1, 0}});
  CHECK(read_targets(c, "valid", sizes).heldout.values == std::vector<float>(6, 3));
  CHECK(read_targets(c, "test", sizes).heldout.values == std::vector<float>(6, 7));
  CHECK(read_targets(c, "test", sizes).behaviors.empty());  // of training trials alone
  write({{"valid_recon_data", 2, 3}, {"train_behavior", 1, 0}, {"valid_behavior", 1, 1}});
  CHECK(read_targets(c, "valid", sizes).behaviors.size() == 1);
  CHECK(read_targets(c, "test", sizes).heldout.values == std::vector<float>(6, 3));  // of a target file
  c.nlb.behaviors = {"hand_vell"};
  CHECK_THROWS_WITH(read_targets(c, "valid", sizes),
                    Catch::EndsWith("/train_hand_vell: expected a dataset (nlb.behaviors), got none"));
}

TEST_CASE("ctd_data nlb: smoothing keeps what is constant, and takes the width that others' spikes ask for") {
  const Grid constant = filled(2, 9, 3, [](int, int, int n) { return n; });
  for (const double sd : {0.5, 2.0, 7.0}) {
    const Grid s = smoothed(constant, sd);
    for (std::size_t k = 0; k < s.values.size(); ++k) CHECK(s.values[k] == Approx(constant.values[k]));
  }
  // One spike in the middle: the Gaussian itself, cut at four deviations.
  const Grid spike = filled(1, 9, 1, [](int, int t, int) { return t == 4; });
  double sum = 0;
  for (int d = -4; d <= 4; ++d) sum += std::exp(-0.5 * d * d);
  CHECK(smoothed(spike, 1).at(0, 5)[0] == Approx((std::exp(-0.5)) / (sum - std::exp(-8.0))));
  // Rates that change slowly, and ones that change from step to step.
  const Grid slow = filled(20, 60, 2, [](int k, int t, int n) {
    return std::floor(2 + 2 * std::sin(0.1 * t + n) + std::fabs(std::sin(37.0 * k + 11.3 * t + n)));
  });
  CHECK(best_deviation(slow, {1, 3, 30}) < 30);
  const Grid flat =
      filled(20, 60, 2, [](int k, int t, int n) { return (k * 7 + t * t * 5 + t * 3 + n + k * t) % 4 == 0; });
  CHECK(best_deviation(flat, {0.5, 30}) == 30);
}

}  // namespace tsd::ctd_data
