// How circuits are grouped changes no bit; the two backends agree.
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

// States of several students after settling and one epoch of `config`, in groups of the given sizes.
std::vector<State> together(const Config& config, const std::vector<int>& sizes) {
  const Circuit circuit(config);
  const Layout layout(circuit);
  std::vector<State> states;
  std::int64_t seed = 1;
  for (const int size : sizes) {
    std::vector<NumpyLegacy> generators;
    for (int i = 0; i < size; ++i) generators.push_back(stream(config.rng, seed + i, "run"));
    std::vector<Member> members;
    for (NumpyLegacy& generator : generators) members.push_back({&circuit, &generator});
    const auto group = native_group(layout, members);
    for (int i = 0; i < size; ++i) {
      group->load(i, initial_state(circuit, layout, student_ranges(config), true, config.rng, seed + i));
      group->set_input(i, std::vector<double>(static_cast<std::size_t>(circuit.n[0]),
                                              0.1 * static_cast<double>(seed + i)));
      group->set_target(i, std::vector<double>(static_cast<std::size_t>(circuit.n.back()), 0.3));
    }
    group->advance(config.settling_steps(), {}, false);
    group->advance(500, {true, true, true}, true);
    for (int i = 0; i < size; ++i) states.push_back(group->save(i));
    seed += size;
  }
  return states;
}

}  // namespace

TEST_CASE("groups: any grouping of circuits gives the same bits", "[microcircuit]") {
  const Config config = published("smoke");
  const auto single = together(config, {1, 1, 1, 1});
  for (const std::vector<int>& sizes : {std::vector{2, 2}, {1, 2, 1}, {2, 1, 1}}) {
    if (native_lanes() < 2) return;
    const auto grouped = together(config, sizes);
    for (std::size_t i = 0; i < single.size(); ++i) CHECK(grouped[i].values == single[i].values);
  }
}

TEST_CASE("groups: ten students in lanes equal ten students one by one", "[microcircuit]") {
  const std::string name = GENERATE("fig3abc", "fig4ab_pal");
  const Config config = published(name, {"epochs=2"});
  const Finished all(config, 1), alone(config, 10);  // by as many groups as threads, where lanes allow fewer
  REQUIRE(all.state.size() == alone.state.size());
  for (std::size_t i = 0; i < all.state.size(); ++i) {
    CAPTURE(name, all.state[i].name);
    CHECK((all.state[i].bytes == alone.state[i].bytes));
  }
}

TEST_CASE("groups: LibTorch and the kernel agree over 1000 steps", "[microcircuit]") {
  const std::string name = GENERATE("fig3abc", "fig4ab_pal", "fig4ab_bp", "fig4ab_fa");
  CAPTURE(name);
  std::vector<State> states;
  for (const bool torch : {false, true}) {
    Simulated s(published(name, {"settling_time=1"}), torch);
    s.settle(100);
    s.begin_epoch();
    s.learn(900);
    states.push_back(s.state());
  }
  REQUIRE(states[0].values.size() == states[1].values.size());
  double largest = 0;
  for (std::size_t i = 0; i < states[0].values.size(); ++i)
    largest = std::max(largest, std::abs(states[0].values[i] - states[1].values[i]));
  CHECK(largest < 1e-12);
}

TEST_CASE("groups: either backend goes on from a saved state as if nothing had happened", "[microcircuit]") {
  const bool torch = GENERATE(false, true);
  const Config config = published("smoke");
  std::vector<State> states;
  for (const bool interrupted : {false, true}) {
    Simulated s(config, torch);
    s.settle(100);
    s.begin_epoch();
    s.learn(33);
    if (interrupted) {
      const State saved = s.state();
      s.group->load(0, initial_state(s.circuit, s.layout, student_ranges(config), true, Rng::reference, 99));
      s.group->load(0, saved);
    }
    s.learn(50);
    states.push_back(s.state());
  }
  CHECK(states[0].values == states[1].values);
  CHECK(states[0].steps == states[1].steps);
}
