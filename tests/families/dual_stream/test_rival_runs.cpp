// Rivals as runs: people's order of items, published mean curves, going on after a checkpoint.
#include <algorithm>
#include <cmath>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/model/initial.hpp"
#include "families/dual_stream/people/nosofsky1994.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::dual_stream;

namespace {

RunContext context(std::uint64_t seed, int threads = 1) {
  RunContext all;
  all.seed = seed;
  all.threads = threads;
  return all;
}

FastName named(const std::string& name) {
  for (const auto& [key, value] : fast_names())
    if (key == name) return value;
  throw std::logic_error(name);
}

Config config_of(const std::string& name, int runs, int epochs) {
  Config c;
  c.fast = named(name);
  c.slow = SlowName::none;
  c.task = Task::shj;
  c.procedure = Procedure::nosofsky1994;
  c.n_runs = runs;
  c.epochs = epochs;
  return c;
}

std::vector<std::vector<double>> blocks_of(const DualStreamExperiment& e) {
  std::vector<std::vector<double>> all;
  for (std::size_t p = 0; p < 6; ++p) {
    const auto curve = e.curve(p, lc_total);
    all.emplace_back();
    for (std::size_t b = 0; b < curve.size() / 2; ++b)
      all.back().push_back((curve[2 * b] + curve[2 * b + 1]) / 2);
  }
  return all;
}

}  // namespace

TEST_CASE("rivals: items come as people had them", "[dual_stream]") {
  for (const Rng rng : {Rng::reference, Rng::fast}) {
    Config c = config_of("alcove", 20, 7);
    c.rng = rng;
    const auto order = orders(c, 1, 8);
    REQUIRE(order.size() == 20 * 7 * 8);
    int even = 0;
    for (int run = 0; run < 20; ++run) {
      const auto count = [&](int epoch, int epochs) {
        std::vector<int> often(8);
        for (int t = 0; t < 8 * epochs; ++t)
          ++often[static_cast<std::size_t>(order[static_cast<std::size_t>((run * 7 + epoch) * 8 + t)])];
        return often;
      };
      for (const int epoch : {0, 1}) CHECK(count(epoch, 1) == std::vector<int>(8, 1));
      for (const int epoch : {2, 4}) {
        CHECK(count(epoch, 2) == std::vector<int>(8, 2));
        even += count(epoch, 1) == std::vector<int>(8, 1);
      }
    }
    CHECK(even <= 4);  // 2^8 / (16 over 8) = 0.02 of 40
  }
}

// Mean curves of the fit of Nosofsky et al. 1994, of 2000 learners, in blocks 1, 2, 4, 8, 16, and their distance from
// people. 200 learners here: a standard error of 0.004 at most (0.1 between learners in the worst cell, which shrinks).
TEST_CASE("rivals: ALCOVE's published curves", "[dual_stream]") {
  const double expected[6][5] = {{.2316, .0127, .0101, .0101, .0101}, {.3923, .0819, .0159, .0108, .0108},
                                 {.4229, .2695, .1555, .0504, .0131}, {.4096, .2590, .1611, .0661, .0167},
                                 {.4657, .3137, .1965, .0874, .0233}, {.5686, .3791, .2807, .1481, .0433}};
  DualStreamExperiment e(config_of("alcove", 200, 32), context(3));
  for (int epoch = 0; epoch < 32; ++epoch) e.step();
  const auto error = blocks_of(e);
  constexpr std::size_t kBlocks[] = {0, 1, 3, 7, 15};
  for (std::size_t p = 0; p < 6; ++p)
    for (std::size_t b = 0; b < 5; ++b)
      CHECK(error[p][kBlocks[b]] == Approx(expected[p][b]).epsilon(0).margin(0.01));
  CHECK(fit_to_people({1, 2, 3, 4, 5, 6}, error, 16).rmsd == Approx(0.0254).epsilon(0).margin(0.002));
}

TEST_CASE("rivals: a run goes on as if it had never stopped", "[dual_stream]") {
  for (const char* name : {"gcm", "alcove", "alcove_er", "sustain", "sustain_catlearn", "rational"}) {
    DualStreamExperiment whole(config_of(name, 3, 9), context(3)), half(config_of(name, 3, 9), context(3));
    for (int epoch = 0; epoch < 9; ++epoch) whole.step();
    for (int epoch = 0; epoch < 4; ++epoch) half.step();
    DualStreamExperiment rest(config_of(name, 3, 9), context(3));
    rest.restore(half.state());
    for (int epoch = 4; epoch < 9; ++epoch) rest.step();
    for (std::size_t p = 0; p < 6; ++p) CHECK(rest.curve(p, lc_total) == whole.curve(p, lc_total));
  }
}

TEST_CASE("rivals: keys that they do not read are refused", "[dual_stream]") {
  const auto problems_of = [](const Config& c) {
    Problems problems;
    check(c, problems);
    std::vector<std::string> keys;
    for (const auto& problem : problems.all()) keys.push_back(problem.key);
    return keys;
  };
  Config c = config_of("sustain", 2, 2);
  CHECK(problems_of(c).empty());
  c.rival_parameters[1][0] = 7;  // of alcove
  CHECK(problems_of(c) == std::vector<std::string>{"alcove.c"});
  c = config_of("sustain", 2, 2);
  c.slow = SlowName::dnn;
  CHECK(problems_of(c) == std::vector<std::string>{"slow"});
  c = config_of("sustain", 2, 2);
  c.consolidation.gate = 0.5;
  c.fast_config.thr = 0.2;
  c.shuffle = false;
  CHECK(problems_of(c) == std::vector<std::string>{"consolidation", "fast_config.thr", "procedure"});
}
