// States of the published experiments at given steps (microcircuit.md 11.2, 11.3), to the printed digits:
// twelve.
#include "families/microcircuit/analysis/increments.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

// To the digits printed: half a unit of the twelfth, or of the given one.
void check(std::span<const double> got, std::vector<double> expected, double relative = 2e-11) {
  REQUIRE(got.size() >= expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i] == Approx(expected[i]).epsilon(relative).margin(5e-13));
  }
}

}  // namespace

TEST_CASE("published states: Fig. 3abc from its start to training step 100", "[microcircuit]") {
  Simulated s(published("fig3abc"));
  const Layout& m = s.layout;
  {
    const State state = s.state();
    check(s.material.shown.input, {0.696469185598, 0.28613933495, 0.226851453564});
    check(state[m.WIP[1]], {0.0179648425881});
    check(state[m.BPP[1]], {-0.624612113986, 0.146637780109, -0.407073405301});
    check(state[m.WPP[2]], {0.026256308398});
  }
  s.settle(1);
  {
    const State state = s.state();
    const auto& now = state.now(m);
    check(state[now.vbas[1]], {0.39973668816, 0.075619678772, -0.747453194703});
    check(state[now.vden[1]], {-0.157312822242, 0.47728572036});
    check(state[now.vapi[1]], {0.728520525757, 0.431349939134});
  }
  Simulated settled(published("fig3abc"));
  settled.settle(10000);
  {
    const State state = settled.state();
    const auto& now = state.now(m);
    check(state[now.ub[1]], {-0.0658226687324, 0.453333924806, -0.280998337667});
    check(state[now.ub[4]], {1.05859282568, -0.471067275924, -0.528110467844});
    check(state[m.uP[4]], {1.05976888178, -0.470385867194});
    for (std::size_t l = 1; l <= 3; ++l)
      for (const double v : state[now.vapi[l]]) CHECK(std::abs(v) < 5e-14);
  }
  settled.begin_epoch();
  const auto first = Simulated::row(settled.material.shown.input, 5, settled.order[0]);
  check(first, {0.623952951792, 0.115618395079, 0.31728548182, 0.414826211954, 0.866309157883});
  const State before = settled.state();
  settled.learn(1);
  {
    const State state = settled.state();
    const auto& now = state.now(m);
    check(state[now.xi[1]], {0.00740667281286, -0.0131417141941, 0.0183760595051});
    check(state[now.xi[2]], {0.018186346459});
    check(state[now.xi[3]], {0.0101517760025});
    check(dBPP(settled.circuit, m, state, 1), {3.12250989401e-06});
    check(state[m.BPP[1]], {-0.624608991476});
    for (std::size_t i = 0; i < m.BPI[1].size(); ++i)
      CHECK(std::abs(state[m.BPI[1]][i] - before[m.BPI[1]][i]) < 1e-15);
  }
  Simulated later(published("fig3abc"));
  later.settle(10000);
  later.begin_epoch();
  later.learn(100);
  {
    const State state = later.state();
    const auto& now = state.now(m);
    check(state[m.BPP[1]], {-0.63210027241, 0.146328755708, -0.410568514842});
    check(state[m.BPP[3]], {-0.0790103586013});
    check(state[m.BPI[1]], {0.627903812428});
    check(dWPP(later.circuit, m, state, 1), {-1.72392519386e-06});
    check(std::vector{state[now.xi[3]][1]}, {0.108187896677});
  }
  later.show(later.order[1]);
  later.group->advance(1, {false, true, true}, false);
  check(later.state()[m.rHI[2]], {-0.00304649903428});
}

// microcircuit.md 11.2 prints the filtered rates of layer 1, which no rule reads and which are not kept.
TEST_CASE("published states: high-passed rates after the first step", "[microcircuit]") {
  Simulated s(published("fig3abc"));
  s.settle(2);  // the filter follows a step late
  const State state = s.state();
  const auto& before = state.before(s.layout);
  const State start = initial_state(s.circuit, s.layout, student_ranges(s.config), true, Rng::reference, 123);
  for (std::size_t i = 0; i < 10; ++i) {
    const double r_init = phi(Activation::logistic, start[s.layout.uP[2]][i]);
    CHECK(state[s.layout.rHI[2]][i] ==
          Approx(r_init + (state[before.r[2]][i] - r_init) - 0.1 * r_init).epsilon(1e-14));
  }
}

TEST_CASE("published states: Fig. 4ab, teacher and student", "[microcircuit]") {
  Simulated s(published("fig4ab_pal"));
  const Layout& m = s.layout;
  const Teacher& teacher = *s.material.teacher;
  CHECK(teacher.seed == 873630);
  check(teacher.final[m.WPP[1]], {2});
  check(teacher.final[m.WPP[2]], {2});
  check(teacher.final[m.WIP[1]], {2});
  check(teacher.final[m.BPP[1]], {-0.168434070396});
  check(s.material.shown.input,
        {0.3565078295, 0.127975370582, 0.274887818049, 0.415782964802, 0.480566974984});
  check(s.material.shown.target,
        {0.9118955656, 0.820964449415, 0.87975133127, 0.934927402171, 0.959746854324});
  check(teacher.potential, {0.796727012022, 0.796727012022, 0.796727012022});
  const State start = s.state();
  check(start[m.WPP[1]], {-0.303530814402});
  check(start[m.WPP[2]], {-0.71386066505});
  check(start[m.WIP[1]], {-0.71386066505});
  check(start[m.BPP[1]], {-0.448685230917});
  check(start[m.BPI[1]], {0.448685230917});
  s.settle(10000);
  s.begin_epoch();
  check(std::vector{s.material.shown.input[static_cast<std::size_t>(s.order[0])]}, {0.466823668421});
  check(std::vector{s.material.shown.target[static_cast<std::size_t>(s.order[0])]}, {0.954514786971});
  const auto step = [&] {
    s.show(s.order[0]);
    s.group->set_target(0, Simulated::row(s.material.shown.target, 1, s.order[0]));
    s.group->advance(1, {true, true, true}, true);
    return s.state();
  };
  State state = step();
  check(state[state.now(m).xi[1]], {0.00148133456257});
  check(dBPP(s.circuit, m, state, 1), {8.97089666712e-08});
  state = step();
  check(state[state.now(m).ub[2]], {0.114587182804});
  check(dWPP(s.circuit, m, state, 2), {0.000239847069521});
  check(state[m.dWPP_LO[2]], {2.39847069521e-08});
  state = step();
  check(dBPP(s.circuit, m, state, 1), {4.85057748743e-05});
  check(dBPI(s.circuit, m, state, 1), {9.35204926917e-05});
  check(dWIP(s.circuit, m, state, 1), {0.00142461090313});
  for (int i = 3; i < 100; ++i) state = step();
  check(state[m.WPP[1]], {-0.303541047912});
  check(state[m.WPP[2]], {-0.713747427306});
  check(state[m.WIP[1]], {-0.581407266636});
  check(state[m.BPP[1]], {-0.449306238941});
  check(state[m.BPI[1]], {0.454795917333});
}

TEST_CASE("published states: Fig. 4ab after two epochs of each model", "[microcircuit]") {
  struct Expected {
    const char* config;
    double WPP_1, WPP_2, WIP, BPP, BPI, mse;
  };
  const auto expected = GENERATE(Expected{"fig4ab_bp", -0.246594038685, 1.730655351359, 1.976139311725,
                                          1.730632945936, -1.730632945936, 0.1067170326484},
                                 Expected{"fig4ab_fa", -0.375161995254, 1.731571948209, 1.989110660222,
                                          -0.448685230917, 0.448685230917, 0.1101711189702},
                                 Expected{"fig4ab_pal", -0.31744022374, 1.419057196664, 1.777088817789,
                                          -0.446877419886, 0.45104621906, 0.2324965946957});
  CAPTURE(expected.config);
  MicrocircuitExperiment run(published(expected.config, {"random_seed=[123]", "epochs=2"}),
                             Finished::context());
  StepReport last;
  for (std::int64_t step = 0; step < run.total_steps(); ++step) last = run.step();
  const Arrays weights = run.weights();
  const auto weight = [&](const std::string& name) { return find(weights, "123." + name).as<double>(); };
  check(weight("WPP_1"), {expected.WPP_1});
  check(weight("WPP_2"), {expected.WPP_2});
  check(weight("WIP_1"), {expected.WIP});
  check(weight("BPP_1"), {expected.BPP});
  check(weight("BPI_1"), {expected.BPI});
  REQUIRE(last.row.at(1).name == "mse");
  check(std::vector{last.row[1].value}, {expected.mse});
}
