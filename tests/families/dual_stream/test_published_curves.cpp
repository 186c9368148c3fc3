// Whole learning curves against the published values of dual_stream.md 11.3 (nine digits), where trajectories
// are not chaotic.
#include <cmath>
#include <map>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/families/dual_stream.hpp"

namespace tsd::dual_stream::test {
namespace {

std::unique_ptr<DualStreamExperiment> trained(const std::string& config, std::optional<std::int64_t> index,
                                              const std::vector<std::string>& overrides = {}) {
  static const std::vector<Family> families = {dual_stream::family()};
  const ConfigFile file(std::string(TSD_SOURCE_DIR "/configs/") + config, families);
  RunContext context;
  context.threads = 2;
  auto built = file.resolve(index, overrides).configuration->build(context);
  std::unique_ptr<DualStreamExperiment> e(dynamic_cast<DualStreamExperiment*>(built.release()));
  for (std::size_t epoch = 0; epoch < e->epochs(); ++epoch) e->step();
  return e;
}

using Points = std::map<std::size_t, double>;  // by epoch

void check(const DualStreamExperiment& e, std::size_t problem, std::size_t which, const Points& published,
           double tolerance = 1e-6) {
  const auto curve = e.curve(problem, which);
  for (const auto& [epoch, value] : published) {
    CAPTURE(kCurveNames[which], epoch, curve[epoch], value);
    CHECK(std::abs(curve[epoch] - value) <= tolerance);
  }
}

Points in_order(const std::vector<double>& values) {
  Points points;
  for (std::size_t e = 0; e < values.size(); ++e) points[e] = values[e];
  return points;
}

std::vector<int> units(const DualStreamExperiment& e) {
  std::vector<int> all;
  for (std::size_t run = 0; run < e.runs(); ++run)
    all.push_back(static_cast<int>(e.final_state(0, run)[e.layout().active.offset]) *
                  e.model().fast.recruits);
  return all;
}

}  // namespace

TEST_CASE("dual stream curves: config_dlMU_dnn_57", "[dual_stream]") {
  const auto e = trained("dual_stream.yaml", std::nullopt);
  const auto at = [&](std::size_t which, const std::vector<double>& v, double tolerance = 1e-6) {
    check(*e, 0, which, {{0, v[0]}, {1, v[1]}, {9, v[2]}, {49, v[3]}, {174, v[4]}, {349, v[5]}}, tolerance);
  };
  at(lc_fast, {0.414335419, 0.239890854, 0.0263520527, 0.0198601532, 0.0356847191, 0.0438391495});
  at(lc_slow, {0.50149646, 0.486275909, 0.298842133, 0.187620224, 0.0927436295, 0.0716988449});
  at(lc_total, {0.417116333, 0.234850433, 0.0258929806, 0.00252742004, 2.6730299e-06, 1.13725662e-07});
  at(loss_fast, {0.611174316, 0.438990631, 0.073376091, 0.0474410553, 0.0688495636, 0.0789337845}, 2e-6);
  at(loss_slow, {0.696376953, 0.681105347, 0.482684723, 0.339205322, 0.174731979, 0.149083923}, 2e-6);
  at(loss_total, {0.615067078, 0.432324799, 0.059939106, 0.0093819828, 0.000326180667, 9.00414437e-05});
}

TEST_CASE("dual stream curves: config_dl_dnn_21", "[dual_stream]") {
  const auto e = trained("dual_stream/dl_dnn.yaml", 21);
  const auto at = [&](std::size_t which, const std::vector<double>& v) {
    check(*e, 0, which, {{0, v[0]}, {1, v[1]}, {9, v[2]}, {49, v[3]}, {174, v[4]}, {349, v[5]}});
  };
  at(lc_fast, {0.499994263, 0.499974243, 0.499753174, 0.498652527, 0.494778168, 0.485306702});
  at(lc_slow, {0.509320709, 0.529351868, 0.515216248, 0.521765625, 0.522654297, 0.505010284});
  at(loss_total, {0.828766174, 0.835066895, 0.828584473, 0.831029236, 0.828755127, 0.801707825});
}

TEST_CASE("dual stream curves: config7, type 4", "[dual_stream]") {
  const auto e = trained("dual_stream/shj.yaml", 7);
  const auto at = [&](std::size_t which, const std::vector<double>& v) {
    check(*e, 3, which, {{0, v[0]}, {1, v[1]}, {31, v[2]}, {99, v[3]}, {349, v[4]}});
  };
  at(lc_fast, {0.482201195, 0.46377636, 0.237462101, 0.0592835855, 0.00619889617});
  at(lc_slow, {0.500888329, 0.500682335, 0.495471535, 0.485333977, 0.447820473});
  at(lc_total, {0.483143387, 0.464692574, 0.234234409, 0.0553047323, 0.00457665861});
}

TEST_CASE("dual stream curves: config1_multi, type 4", "[dual_stream]") {
  const auto e = trained("dual_stream/config1_multi.yaml", std::nullopt, {"problem_types=[4]"});
  const auto at = [&](std::size_t which, const std::vector<double>& v) {
    check(*e, 0, which, {{0, v[0]}, {1, v[1]}, {7, v[2]}, {15, v[3]}, {31, v[4]}});
  };
  at(lc_fast, {0.460623703, 0.368414955, 0.151093502, 0.0799115324, 0.039108808});
  at(lc_slow, {0.503102798, 0.502408943, 0.500253792, 0.499491844, 0.498921547});
  at(lc_total, {0.463977203, 0.370906601, 0.150564632, 0.0791844177, 0.0385876226});
}

TEST_CASE("dual stream curves: config_n1", "[dual_stream]") {
  const auto e = trained("dual_stream/config_n1.yaml", std::nullopt);
  check(*e, 0, lc_fast,
        in_order({0.267774, 0.209371, 0.241365, 0.188784, 0.128530, 0.099046, 0.073586, 0.055853, 0.053585,
                  0.052878}));
  check(*e, 0, lc_slow,
        in_order({0.526774, 0.495216, 0.504503, 0.502395, 0.510697, 0.495166, 0.493668, 0.503683, 0.487906,
                  0.518804}));
  check(*e, 0, loss_total,
        in_order({0.514583, 0.431522, 0.477900, 0.408587, 0.331675, 0.279505, 0.236452, 0.201587, 0.186814,
                  0.180896}));
}

TEST_CASE("dual stream curves: the distribution learners alone", "[dual_stream]") {
  const auto single = trained("dual_stream/single_stream.yaml", 6);
  check(*single, 0, lc_total,
        in_order({0.0998691559, 0.0425328941, 0.0416774063, 0.0409142113, 0.0317148018, 0.0351981583,
                  0.0340696449, 0.0354572754, 0.0309378090, 0.0312935257}),
        3e-6);
  CHECK(units(*single) == std::vector<int>{34, 30, 34, 38, 24, 38, 35, 39, 31, 32});

  const auto several = trained("dual_stream/single_stream.yaml", 7);
  check(*several, 0, lc_total,
        in_order({0.0482628919, 0.0479393435, 0.0430910015, 0.0505762148, 0.0656965446, 0.0486232758,
                  0.0201272249, 0.0399471712, 0.0300027990, 0.0200062776}),
        1e-5);
  CHECK(units(*several) == std::vector<int>{205});
}

TEST_CASE("dual stream curves: full covariances, as before the published runs", "[dual_stream]") {
  Config c = distribution_config();
  c.slow = SlowName::none;
  c.epochs = 10;
  c.fast_config.lr_nn = 0.025;
  c.fast_config.covariance = Covariance::full;
  DualStreamExperiment e(c, {});
  for (int epoch = 0; epoch < 10; ++epoch) e.step();
  check(e, 0, lc_total,
        in_order({0.0826731, 0.0386969, 0.0335586, 0.0525951, 0.0466483, 0.0408707, 0.0189136, 0.0194757,
                  0.0107079, 0.0403578}));
}

TEST_CASE("dual stream curves: multi-unit clustering recruits as many units as published", "[dual_stream]") {
  const auto e = trained("dual_stream/config1_multi.yaml", std::nullopt);
  const std::vector<double> published = {132.4, 256.94, 259.32, 304, 307.58, 400};
  for (std::size_t p = 0; p < 6; ++p) {
    double active = 0;
    for (std::size_t run = 0; run < e->runs(); ++run) {
      const auto state = e->final_state(p, run);
      const Slot& flags = e->layout().active;
      for (std::size_t j = 0; j < flags.size(); ++j) active += state[flags.offset + j] / 50.0;
    }
    CHECK(active == Approx(published[p]).margin(1e-9));
  }
}

// Votes of exactly opposed units cancel in types 1 and 3: their rounding decides about recruitment.
TEST_CASE("dual stream curves: multi-unit clustering alone", "[dual_stream]") {
  const auto e = trained("dual_stream/single_stream.yaml", 2, {"problem_types=[1, 3]"});
  const auto at = [&](std::size_t problem, const std::vector<double>& v) {
    check(*e, problem, lc_total, {{0, v[0]}, {1, v[1]}, {3, v[2]}, {7, v[3]}, {15, v[4]}, {31, v[5]}}, 1e-7);
  };
  at(0, {0.42556080, 0.27272125, 0.14757568, 0.07546655, 0.03760718, 0.01840664});
  at(1, {0.46417042, 0.36694885, 0.24062983, 0.13582382, 0.07007239, 0.03501547});
}

}  // namespace tsd::dual_stream::test
