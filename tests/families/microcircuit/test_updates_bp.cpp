// Forward updates against backprop (microcircuit.md 7.4, 11.2, 11.7).
#include "families/microcircuit/analysis/backprop.hpp"
#include "families/microcircuit/analysis/updates_bp.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

Array analyzed(const Config& config, const std::string& seed) {
  Finished run(config);
  const test::TemporaryDirectory folder;
  Hdf5Writer writer(folder / "updates_bp.h5");
  updates_bp().run(run.experiment, writer);
  writer.close();
  return Hdf5Reader(folder / "updates_bp.h5").dataset("/students/" + seed + "/angle_updates_BP");
}

}  // namespace

TEST_CASE("updates_bp: the first two weight sets of Fig. 3abc", "[microcircuit]") {
  const Array angles = analyzed(published("fig3abc", {"epochs=2", "random_seed=[123, 456]"}), "123");
  REQUIRE(angles.shape == Shape{2, 100, 4});
  const auto row = [&](std::size_t sample, std::vector<double> expected) {
    for (std::size_t l = 0; l < 4; ++l)
      CHECK(angles.as<double>()[sample * 4 + l] == Approx(expected[l]).margin(1e-6));
  };
  row(0, {91.1343513593, 106.2404608297, 90.2535178214, 3.3369489441});
  row(1, {90.867476007, 108.4789069742, 90.1103013942, 3.3668463712});
  row(100, {90.4063816723, 105.3019476653, 88.9627916799, 3.3398450571});
}

TEST_CASE("updates_bp: a seed of Fig. 3def whose first row no history moves", "[microcircuit]") {
  const Array angles = analyzed(
      published("fig3def", {"epochs=1", "random_seed=[123, 456]", "rec_WPP=true", "rec_BPP=true"}), "456");
  const std::vector<double> expected = {75.682685, 106.85070704, 77.95260978, 34.01110517};
  for (std::size_t l = 0; l < 4; ++l) CHECK(angles.as<double>()[l] == Approx(expected[l]).margin(1e-6));
}

TEST_CASE("updates_bp: without recorded weights it says what to record", "[microcircuit]") {
  CHECK_THROWS_AS(
      analyzed(published("fig3def", {"epochs=1", "random_seed=[123]", "keep_weights_every=0"}), "123"),
      MissingInput);
}

TEST_CASE("updates_bp: kept weights are those recorded first in their epochs", "[microcircuit]") {
  const std::vector<std::string> brief = {"epochs=3", "random_seed=[123]"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), brief.begin(), brief.end());
    return published("fig3abc", more);
  };
  const Array recorded = analyzed(with({}), "123");
  const Array kept = analyzed(with({"keep_weights_every=1", "rec_WPP=false", "rec_BPP=false"}), "123");
  CHECK(recorded.bytes == kept.bytes);
  const Array thinned = analyzed(with({"keep_weights_every=2", "reset_sets=true"}), "123");
  const Array each = analyzed(with({"reset_sets=true"}), "123");
  REQUIRE(thinned.shape == Shape{2, 100, 4});
  for (std::size_t e = 0; e < 400; ++e) {  // from the same start, whatever sets were before
    CHECK(thinned.as<double>()[e] == each.as<double>()[e]);
    CHECK(thinned.as<double>()[400 + e] == each.as<double>()[800 + e]);
  }
}

TEST_CASE("updates_bp: samples that have not come to rest are flagged", "[microcircuit]") {
  const auto settled = [](const char* presentation) {
    Finished run(published("fig3abc", {"epochs=1", "random_seed=[123]", "dataset_size=100", "settling_time=4",
                                       "rec_per_steps=10", std::string("Tpres=") + presentation}));
    const test::TemporaryDirectory folder;
    Hdf5Writer writer(folder / "updates_bp.h5");
    updates_bp().run(run.experiment, writer);
    writer.close();
    const Array flags = Hdf5Reader(folder / "updates_bp.h5").dataset("/students/123/settled");
    return std::ranges::count(flags.as<std::int64_t>(), 1);
  };
  CHECK(settled("1") == 100);   // at rest to 1e-12 after 25 steps (11.7)
  CHECK(settled("0.04") == 0);  // 1.7e-2 away after 3
}

TEST_CASE("updates_bp: backprop's updates are finite differences of the squared error", "[microcircuit]") {
  Simulated s(published("smoke"));
  const std::vector<double> input = {0.3, 0.8}, target = {0.5, -0.2};
  const State state = s.state();
  const auto updates = backprop_updates(s.circuit, s.layout, state, input, target);
  const auto loss = [&](const State& at) {
    std::vector<double> x = input, v;
    for (std::size_t l = 1; l <= 3; ++l) {
      const Slot& W = s.layout.WPP[l];
      v.assign(W.rows, 0);
      for (std::size_t i = 0; i < W.rows; ++i)
        for (std::size_t j = 0; j < W.columns; ++j)
          v[i] += s.circuit.prediction(static_cast<int>(l)) * at[W][i * W.columns + j] * x[j];
      x.clear();
      for (const double u : v) x.push_back(phi(s.circuit.phi[l], u));
    }
    double sum = 0;
    for (std::size_t k = 0; k < target.size(); ++k) sum += (target[k] - v[k]) * (target[k] - v[k]) / 2;
    return sum;
  };
  constexpr double kStep = 1e-6;
  for (std::size_t l = 1; l <= 3; ++l) {
    // Backprop without the factors cH above: each layer's update lacks those of the layers it passes.
    double lacking = 1;
    for (std::size_t k = l; k <= 3; ++k) lacking *= s.circuit.prediction(static_cast<int>(k));
    for (std::size_t e = 0; e < s.layout.WPP[l].size(); ++e) {
      State up = state, down = state;
      up[s.layout.WPP[l]][e] += kStep;
      down[s.layout.WPP[l]][e] -= kStep;
      const double slope = (loss(up) - loss(down)) / (2 * kStep);
      CHECK(updates[l][e] * lacking == Approx(-slope).epsilon(1e-6).margin(1e-10));
    }
  }
}
