// Random streams and first trials against the numbers of dual_stream.md 11.1 and 11.5.
#include <cmath>
#include <numeric>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"

namespace tsd::dual_stream::test {
namespace {

// Published with nine digits; an update adds a rounding of its own.
void check_close(const std::vector<float>& got, const std::vector<double>& expected, double tolerance) {
  REQUIRE(got.size() >= expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i, got[i], expected[i]);
    CHECK(std::abs(got[i] - expected[i]) <= tolerance);
  }
}

std::vector<float> logits(const Outcome& outcome, int K, std::size_t trial) {
  const auto first =
      outcome.values.begin() +
      static_cast<std::ptrdiff_t>(trial * values_per_trial(K) + static_cast<std::size_t>(first_logit));
  return {first, first + 2 * K};
}

float value(const Outcome& outcome, int K, std::size_t trial, Value which) {
  return outcome.values[trial * values_per_trial(K) + static_cast<std::size_t>(which)];
}

}  // namespace

TEST_CASE("dual stream: NumPy's orders", "[dual_stream]") {
  Config c = clustering_config();
  c.epochs = 4;
  const std::vector<std::int32_t> eight = orders(c, 1, 8);
  CHECK(eight == std::vector<std::int32_t>{3, 2, 6, 7, 1, 5, 4, 0, 2, 4, 5, 6, 0, 3, 1, 7,
                                           6, 4, 1, 3, 2, 5, 7, 0, 0, 3, 7, 5, 1, 6, 2, 4});
  const std::vector<std::int32_t> hundred = orders(c, 1, 100);
  const std::vector<std::int32_t> start(hundred.begin(), hundred.begin() + 10),
      end(hundred.begin() + 95, hundred.begin() + 105);
  CHECK(start == std::vector<std::int32_t>{0, 68, 29, 36, 19, 26, 74, 39, 58, 18});
  CHECK(end == std::vector<std::int32_t>{91, 72, 97, 92, 64, 53, 70, 30, 34, 84});
}

TEST_CASE("dual stream: the two Gaussian categories", "[dual_stream]") {
  const Stimuli s = new_stimuli();
  REQUIRE(s.items() == 100);
  const auto mean = [&](std::size_t first, std::size_t m) {
    double sum = 0;
    for (std::size_t i = first; i < first + 50; ++i) sum += s.x[2 * i + m];
    return sum / 50;
  };
  CHECK(mean(0, 0) == Approx(0.3334).margin(5e-5));
  CHECK(mean(0, 1) == Approx(0.7098).margin(5e-5));
  CHECK(mean(50, 0) == Approx(0.6422).margin(5e-5));
  CHECK(mean(50, 1) == Approx(0.5010).margin(5e-5));
  for (const std::size_t item : {51, 61, 85}) CHECK((s.x[2 * item] == 0.67f && s.x[2 * item + 1] == 0.54f));
  CHECK(std::accumulate(s.problems[0].label.begin(), s.problems[0].label.end(), 0) == 50);
}

TEST_CASE("dual stream: torch's initial network", "[dual_stream]") {
  const Simulation s(distribution_config());
  const auto state = s.group->save(0);
  const auto at = [&](const Slot& slot, std::size_t i) {
    return std::vector<float>{state[s.layout.fast_size + slot.offset + i]};
  };
  const auto& W = s.layout.W;
  const auto& b = s.layout.b;
  check_close(at(W[0], 0), {0.505153716}, 5e-10);
  check_close(at(W[0], 3), {0.405882478}, 5e-10);
  check_close(at(b[0], 2), {0.0718730167}, 5e-11);
  check_close(at(W[1], 0), {0.192445427}, 5e-10);
  check_close(at(b[1], 1), {-0.0514535196}, 5e-11);
  check_close(at(W[2], 2), {-0.107598521}, 5e-10);
  check_close(at(b[2], 0), {-0.152325615}, 5e-10);
  check_close(at(W[3], 1), {0.0794842467}, 5e-11);
  check_close(at(b[3], 1), {-0.167164251}, 5e-10);
}

TEST_CASE("dual stream: first trials of config_dl_dnn_52", "[dual_stream]") {
  Simulation s(distribution_config());
  const std::vector<std::vector<double>> fast_and_slow = {
      {0, 0, -0.14318988, -0.12255123},
      {6.5123597e-05, -5.7059864e-05, -0.1016424, -0.13114956},
      {0.016062779, -0.014025889, -0.1398495, -0.11248439},
      {0.023508625, -0.020654881, -0.092426777, -0.16863152},
      {0.035042372, -0.03075655, -0.050800666, -0.20848587},
      {0.041665323, -0.036469605, -0.014260005, -0.23195317},
      {-0.011608944, 0.01324612, 0.025962949, -0.24999058}};
  const std::vector<double> loss = {0.70052528, 0.70227432, 0.69442296, 0.6655879,
                                    0.64086044, 0.62372684, 0.75942951};
  const std::vector<float> active = {1, 2, 2, 2, 2, 2, 2};
  for (std::size_t t = 0; t < loss.size(); ++t) {
    CAPTURE(t);
    const Outcome outcome = s.run(0, t, 1)[0];
    check_close(logits(outcome, 2, 0), fast_and_slow[t], 1e-7);
    CHECK(std::abs(value(outcome, 2, 0, loss_total) - loss[t]) < 1.2e-7);
    CHECK(s.read(s.layout.active)[0] == active[t]);
    const auto W = s.read(s.layout.association), U = s.read(s.layout.position),
               L = s.read(s.layout.attention);
    if (t == 0) check_close(W, {0.00213162787, -0.00186768535}, 5e-10);
    if (t == 1) {
      check_close(W, {0.00212437776, -0.00185954722}, 5e-10);
      check_close(U, {0.28999877, 0.760000765}, 6e-8);
      check_close(L, {0.141418308, 0.141420424}, 3e-8);
    }
    if (t == 2) {
      check_close(W, {0.00414894195, -0.00364580168}, 1e-9);
      check_close(U, {0.290029258, 0.759993136}, 6e-8);
      check_close(L, {0.141319126, 0.141313165}, 3e-8);
    }
  }
}

TEST_CASE("dual stream: first trials of the clustering stream alone", "[dual_stream]") {
  Config c = clustering_config();
  c.slow = SlowName::none;
  Simulation s(c);
  const std::vector<std::size_t> items = {3, 2, 6, 7};
  const std::vector<std::vector<double>> weights = {{-0.249937505, 0.249937505},
                                                    {0.151565596, -0.151565596},
                                                    {-0.114048146, 0.114048146},
                                                    {0.0879888237, -0.0879888237}};
  for (std::size_t t = 0; t < items.size(); ++t) {
    const Outcome outcome = s.run(0, t, 1)[0];
    const auto W = s.read(s.layout.association);
    CAPTURE(t);
    check_close({W[2 * items[t]], W[2 * items[t] + 1]}, weights[t], 3e-8);
    CHECK(value(outcome, 2, 0, recruited) == 1);
    if (t == 1) check_close(logits(outcome, 2, 0), {-2.0829e-10, 2.0829e-10}, 1e-13);
  }
}

TEST_CASE("dual stream: first trials of config1_multi", "[dual_stream]") {
  Simulation s(multiunit_config());
  const auto U = s.read(s.layout.position);
  check_close(U, {0.677577972, 0.653096914, 0.0457060933, 0.942411482, 0.492535114, 0.998548567}, 5e-10);
  const auto state = s.group->save(0);
  const std::size_t slow = s.layout.fast_size;
  check_close({state[slow], state[slow + 1], state[slow + 2]}, {0.0910271108, -0.504052937, 0.483568668},
              5e-10);
  check_close({state[slow + s.layout.b[0].offset]}, {0.0675188601}, 5e-11);
  const std::vector<double> loss = {0.592417896, 0.819521904, 0.603896976};
  const std::vector<double> attention = {1.0 / 3,     1.0 / 3,     1.0 / 3,     0.315617591, 0.315617591,
                                         0.368764818, 0.350444317, 0.285028517, 0.364527136};
  for (std::size_t t = 0; t < loss.size(); ++t) {
    CAPTURE(t);
    const Outcome outcome = s.run(0, t, 1)[0];
    CHECK(std::abs(value(outcome, 2, 0, loss_total) - loss[t]) < 1.2e-7);
    if (t == 0) {
      check_close({logits(outcome, 2, 0)[2], logits(outcome, 2, 0)[3]}, {-0.0547376946, 0.158015594}, 5e-8);
      const auto W = s.read(s.layout.association), flags = s.read(s.layout.active);
      CHECK(std::accumulate(flags.begin(), flags.end(), 0.0f) == 50);
      const auto j = static_cast<std::size_t>(std::ranges::find(flags, 1.0f) - flags.begin());
      check_close({W[2 * j], W[2 * j + 1]}, {-0.00219035591, 0.00219035614}, 5e-10);
      continue;
    }
    const auto expected = attention.begin() + static_cast<std::ptrdiff_t>(3 * t);
    check_close(s.read(s.layout.attention), {expected, expected + 3}, 1e-6);
  }
  const Outcome rest = s.run(0, 3, 5)[0];
  CHECK(std::abs(value(rest, 2, 4, loss_total) - 0.622358501) < 2e-7);
  const auto flags = s.read(s.layout.active);
  CHECK(std::accumulate(flags.begin(), flags.end(), 0.0f) == 400);
}

TEST_CASE("dual stream: first trials of the stored trial-level run", "[dual_stream]") {
  Config c = distribution_config();
  c.fast_config.lr_nn = 0.01;
  c.fast_config.attn_weighting = 1;
  c.slow_config.lr = 3;
  c.init_seed = 1789377863;
  Simulation s(c);
  const Outcome outcome = s.run(0, 0, 4)[0];
  // The network's rate of 3 multiplies a rounding in each trial.
  check_close(logits(outcome, 2, 0), {0, 0, -0.0670683309, -0.0355850644}, 5e-8);
  check_close(logits(outcome, 2, 1), {5.85577764e-05, -5.56504965e-05, 1.91326809, -1.93801463}, 5e-7);
  check_close(logits(outcome, 2, 2), {-1.33768583e-04, 1.37643205e-04, -0.694029272, 0.666600049}, 5e-7);
  check_close(logits(outcome, 2, 3), {1.05295476e-04, -9.93096619e-05, 0.507581592, -0.537930727}, 5e-7);
}

}  // namespace tsd::dual_stream::test
