// What holds for any circuit (microcircuit.md 11.7), and the notebook's circuits (11.5).
#include <cmath>

#include "families/microcircuit/increments.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

TEST_CASE("structure: without noise and target the self-predicting state is quiet", "[microcircuit]") {
  Simulated s(published("fig3abc", {"Tpres=100", "dataset_size=2", "settling_time=200"}));
  s.settle(10000);
  s.show(1);  // the input switches
  std::vector<double> largest;
  for (int step = 1; step <= 100; ++step) {
    s.group->advance(1, {}, false);
    const State state = s.state();
    double most = 0;
    for (std::size_t l = 1; l <= 3; ++l)
      for (const double v : state[state.now(s.layout).vapi[l]]) most = std::max(most, std::abs(v));
    largest.push_back(most);
  }
  CHECK(largest[2] > 1e-3);   // a transient of 1e-2, microcircuit.md 11.7
  CHECK(largest[10] < 1e-5);  // gone within 25 steps
  CHECK(largest[30] < 1e-12);
  CHECK(largest[99] < 1e-13);
  const State state = s.state();
  const auto& now = state.now(s.layout);
  for (std::size_t l = 1; l <= 3; ++l)  // interneurons predict the cells above
    for (std::size_t i = 0; i < now.ubI[l].size(); ++i)
      CHECK(state[now.ubI[l]][i] ==
            Approx(s.circuit.prediction(static_cast<int>(l) + 1) * state[now.vbas[l + 1]][i])
                .epsilon(1e-12)
                .margin(1e-12));
}

TEST_CASE("structure: the lookahead potential is u + tau du/dt", "[microcircuit]") {
  Simulated s(published("fig3abc", {"settling_time=1"}));
  s.settle(100);
  s.begin_epoch();
  s.learn(50);
  const State before = s.state();
  s.group->advance(2, {false, true, true}, false);
  s.group->load(0, before);
  s.group->advance(1, {}, false);
  const State after = s.state();
  const double tau = 1 / (0.03 + 0.1 + 0.06);
  for (std::size_t l = 1; l <= 4; ++l)
    for (std::size_t i = 0; i < s.layout.uP[l].size(); ++i) {
      const double u = before[s.layout.uP[l]][i], u_next = after[s.layout.uP[l]][i];
      CHECK(after[s.layout.ub_next[l]][i] == Approx(u + tau * (u_next - u) / 0.01).margin(1e-12));
    }
}

TEST_CASE("structure: BP ties BPI to BPP, FA leaves BPP alone", "[microcircuit]") {
  Simulated bp(published("smoke", {"model_type=BP", "eta_PI=[0, 0]"}));
  bp.settle(100);
  bp.begin_epoch();
  bp.learn(200);
  const State state = bp.state();
  for (std::size_t l = 1; l <= 2; ++l)
    for (std::size_t i = 0; i < bp.layout.BPP[l].size(); ++i)
      CHECK(state[bp.layout.BPI[l]][i] == -state[bp.layout.BPP[l]][i]);
  Simulated fa(published("smoke", {"model_type=FA"}));
  const State start = fa.state();
  fa.settle(100);
  fa.begin_epoch();
  fa.learn(200);
  const State end = fa.state();
  for (std::size_t i = 0; i < fa.layout.BPP[1].size(); ++i)
    CHECK(end[fa.layout.BPP[1]][i] == start[fa.layout.BPP[1]][i]);
}

TEST_CASE("structure: OU noise has the variance and memory of its equation", "[microcircuit]") {
  Simulated s(published("fig4ab_pal", {"eta_bw=[0]"}));
  s.settle(10000);
  s.begin_epoch();
  constexpr int kSteps = 400000, kLag = 4;
  std::vector<double> xi;
  for (int step = 0; step < kSteps; ++step) {
    s.group->advance(1, {false, false, true}, false);
    const std::size_t activity = static_cast<std::size_t>((10000 + step) % 2);
    xi.push_back(s.group->read(0, s.layout.activity[activity].xi[1])[0]);
  }
  double variance = 0, product = 0;
  for (std::size_t i = kLag; i < xi.size(); ++i) variance += xi[i] * xi[i], product += xi[i] * xi[i - kLag];
  const double a = 0.1;
  // 400000 / 19 independent samples: 0.7 % for the deviation, three of them here.
  CHECK(std::sqrt(variance / kSteps) == Approx(0.01 / std::sqrt(2 - a)).epsilon(0.02));
  CHECK(product / variance == Approx(std::pow(1 - a, kLag)).epsilon(0.03));
}

namespace {

// "PAL simple demo": one generator for all draws, in this order; no settling, no shuffling.
struct Notebook {
  explicit Notebook(const std::vector<std::string>& overrides)
      : config(published("smoke", all_of(overrides))), circuit(config), layout(circuit) {
    NumpyLegacy draws(12345);
    State state{std::vector<double>(layout.size), 0};
    for (const Slots* potentials : {&layout.uP, &layout.uI})
      for (const Slot& slot : *potentials)
        for (double& u : state[slot]) u = draws.gauss();
    const auto uniform = [&](const Slots& slots, const Range& range) {
      for (const Slot& slot : slots)
        for (double& w : state[slot]) w = draws.uniform(range[0], range[1]);
    };
    uniform(layout.WPP, config.init_WPP_range);
    uniform(layout.WIP, config.init_WIP_range);
    uniform(layout.BPP, config.init_BPP_range);
    uniform(layout.BPI, config.init_BPI_range);
    if (config.init_in_SPS) impose_sps(circuit, layout, state);
    derive_rates(circuit, layout, state);
    const auto group = native_group(layout, {{&circuit, &noise}});
    group->load(0, state);
    for (int sample = 0; sample < 200; ++sample) {
      std::vector<double> rates(static_cast<std::size_t>(circuit.n[0]));
      for (double& r : rates) r = draws.random_sample();
      group->set_input(0, rates);
      for (int step = 0; step < 1000; step += 10) {
        group->advance(10, {false, true, true}, false);
        if (first.values.empty()) first = group->save(0);
      }
    }
    last = group->save(0);
  }

  static std::vector<std::string> all_of(const std::vector<std::string>& overrides) {
    std::vector<std::string> all = {"task=bw_only",    "dt=1e-3",         "dtxi=1e-3",
                                    "tauxi=1e-2",      "tauHP=1e-2",      "tauLO=1e-2",
                                    "Tpres=1",         "settling_time=0", "dataset_size=200",
                                    "activation=relu", "noise_mode=uP",   "noise_scale=[0.05]",
                                    "eta_fw=[0, 0]"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return all;
  }

  Config config;
  Circuit circuit;
  Layout layout;
  NumpyLegacy noise{123};
  State first, last;
};

void check_printed(const std::vector<double>& got, const std::vector<double>& expected, double unit) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < unit);
}

std::vector<double> values(const State& state, const Slot& slot) {
  return {state[slot].begin(), state[slot].end()};
}

}  // namespace

TEST_CASE("structure: the notebook's circuit of 1-2-1 cells", "[microcircuit]") {
  const Notebook n({"layers=[1, 2, 1]", "init_WPP_range=[0, 1]", "init_BPP_range=[-1, 0]",
                    "init_WIP_range=[-1, 1]", "init_BPI_range=[-1, 1]", "eta_bw=[500]", "eta_IP=[20]",
                    "eta_PI=[1]", "alpha=[5e-5]", "init_in_SPS=false"});
  check_printed(values(n.last, n.layout.WPP[2]), {0.96451452, 0.6531771}, 6e-9);
  check_printed(values(n.first, n.layout.BPP[1]), {-0.25341632, -0.03769726}, 6e-9);
  check_printed(values(n.last, n.layout.BPP[1]), {0.06284681, 0.06784516}, 6e-9);
  check_printed(dWIP(n.circuit, n.layout, n.last, 1), {7.14801588e-07, 7.26671244e-07}, 1e-15);
  check_printed(dBPP(n.circuit, n.layout, n.last, 1), {-1.85186672e-06, 7.21771287e-06}, 1e-14);
  check_printed(dBPI(n.circuit, n.layout, n.last, 1), {-7.77184676e-07, 2.44148695e-07}, 1e-15);
}

TEST_CASE("structure: the notebook's circuit of 2-2-2 cells", "[microcircuit]") {
  const Notebook n({"layers=[2, 2, 2]", "init_WPP_range=[0, 1]", "init_BPP_range=[-1, 0]",
                    "init_WIP_range=[-1, 1]", "init_BPI_range=[-1, 1]", "eta_bw=[200]", "eta_IP=[0]",
                    "eta_PI=[5]", "alpha=[2.5e-4]"});
  check_printed(values(n.last, n.layout.BPP[1]), {0.05822141, 0.00049973, 0.03966429, 0.00532068}, 6e-9);
  check_printed(dBPP(n.circuit, n.layout, n.last, 1),
                {-4.03351297e-06, -1.23804963e-07, 2.78486972e-05, 2.36062745e-06}, 1e-13);
}
