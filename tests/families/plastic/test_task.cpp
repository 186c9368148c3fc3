#include <algorithm>
#include <map>

#include "families/plastic/config.hpp"
#include "families/plastic/published.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

std::string text_of(std::span<const float> frame) {
  std::string text;
  for (const float value : frame) text += value > 0 ? '+' : '-';
  return text;
}
std::string frame_of(const Sequence& s, int scene, int frame) {
  return text_of(std::span(s.frames).subspan(static_cast<std::size_t>((scene * s.F + frame) * s.d),
                                             static_cast<std::size_t>(s.d)));
}
std::string labels_of(const Sequence& s) {
  std::string text;
  for (const auto label : s.labels) text += static_cast<char>('0' + label);
  return text;
}

// Which components of a frame differ from the first of its scene.
std::vector<int> flipped(const Sequence& s, int scene, int frame) {
  const std::string a = frame_of(s, scene, 0), b = frame_of(s, scene, frame);
  std::vector<int> found;
  for (int i = 0; i < s.d; ++i)
    if (a[static_cast<std::size_t>(i)] != b[static_cast<std::size_t>(i)]) found.push_back(i);
  return found;
}

}  // namespace

// plastic.md 11.1
TEST_CASE("plastic task: the deterministic sequence", "[plastic]") {
  const Sequence s = test::published_sequence(3);
  CHECK(labels_of(s) == "00001110001010101010");
  double sum = 0, weighted = 0;
  for (std::size_t k = 0; k < s.frames.size(); ++k) {
    sum += s.frames[k];
    weighted += s.frames[k] * static_cast<double>(k % 97);
  }
  CHECK(s.frames.size() == 2000);
  CHECK(sum == 32);
  CHECK(weighted == 1634);
  CHECK(frame_of(s, 0, 0) == "+--++-+-------+++++++-+--");
  CHECK(frame_of(s, 0, 1) == "+--++-+-----+-+++++++----");
  CHECK(frame_of(s, 1, 0) == "+++++---+--+--++-+++--+-+");
  CHECK(frame_of(s, 4, 0) == "+-+++--++--+--++-+++--+-+");
  CHECK(frame_of(s, 4, 0) == frame_of(s, 1, 2));
  CHECK(labels_of(test::published_sequence(1)) == "01000010001010100000");
}

TEST_CASE("plastic task: scenes shown again with fresh variations", "[plastic]") {
  TaskSpec task;
  task.again = Again::fresh;
  Sequence s;
  constexpr int R = 3, T = 400;
  generate(task, R, T, *fast_draws(1), s);
  int familiar = 0, shown_before = 0;
  for (int scene = R; scene < T; ++scene) {
    if (s.labels[static_cast<std::size_t>(scene)] == 0) continue;
    ++familiar;
    for (int k = 0; k < s.F; ++k) {
      const std::string base = frame_of(s, scene - R, 0), frame = frame_of(s, scene, k);
      int differ = 0;
      for (std::size_t i = 0; i < frame.size(); ++i) differ += base[i] != frame[i];
      REQUIRE(differ == 2);
      for (int before = 0; before < s.F; ++before) shown_before += frame == frame_of(s, scene - R, before);
    }
  }
  CHECK(familiar > 100);  // a third of 400
  // A variation equals one of the three with probability 3 / 300: 5.3 expected of 530, with SD 2.3.
  CHECK(shown_before < 16);
}

// plastic.md 11.4
TEST_CASE("plastic task: the reference's generators", "[plastic]") {
  const auto draws = reference_draws(TorchGenerator(0), 0);
  for (const char* expected : {"--+--+-+++++----++++++-+-", "-+++++--+-++--+---++--+++",
                               "++++-+-----+-++---+++--+-", "--+-+-+----+-----+-+++++-"}) {
    std::vector<float> frame(25);
    draws->base(frame);
    CHECK(text_of(frame) == expected);
  }
  for (const double expected : {0.5488135, 0.71518937, 0.60276338, 0.54488318, 0.4236548})
    CHECK(draws->uniform() == Approx(expected).margin(1e-8));  // as printed

  Sequence s;
  generate({}, 1, 6, *reference_draws(TorchGenerator(0), 0), s);
  CHECK(labels_of(s) == "010100");
  const std::map<int, std::vector<std::vector<int>>> flips = {{0, {{12, 24}, {1, 13}, {8, 16}}},
                                                              {2, {{11, 18}, {6, 16}, {4, 9}}},
                                                              {4, {{3, 9}, {2, 23}, {10, 21}}},
                                                              {5, {{15, 17}, {3, 11}, {10, 13}}}};
  for (const auto& [scene, of_frames] : flips)
    for (int k = 1; k < 4; ++k) CHECK(flipped(s, scene, k) == of_frames[static_cast<std::size_t>(k) - 1]);
  const std::map<int, std::vector<int>> orders = {{1, {3, 1, 2, 0}}, {3, {1, 0, 3, 2}}};
  for (const auto& [scene, order] : orders)
    for (int k = 0; k < 4; ++k)
      CHECK(frame_of(s, scene, k) == frame_of(s, scene - 1, order[static_cast<std::size_t>(k)]));
}

TEST_CASE("plastic: initial parameters, and the frame after them", "[plastic]") {
  Config config;
  config.hidden_dims = {50, 50};
  const ModelSpec network = config.spec();
  const Layout layout(network);
  TorchGenerator generator(0);
  const auto p = initial_parameters(network, layout, {}, generator);
  const auto check = [&](const Slot& slot, std::vector<double> first, double norm) {
    for (std::size_t k = 0; k < first.size(); ++k) CHECK(p[slot.offset + k] == Approx(first[k]).margin(5e-8));
    double squares = 0;
    for (std::size_t k = 0; k < slot.size(); ++k) squares += double{p[slot.offset + k]} * p[slot.offset + k];
    if (norm > 0) CHECK(std::sqrt(squares) == Approx(norm).margin(1e-6));
  };
  check(layout.weight[0], {-0.1838489, -0.1881796, -0.0409193}, 5.900809);
  check(layout.weight[1], {-0.1562960, -0.2880916, 0.3010532}, 6.936305);
  check(layout.w_final, {0.2034555, 0.2364226, 0.0609341}, 0);
  check(layout.bias[0], {-0.0726898}, 0);
  check(layout.bias[1], {0.1290139}, 0);
  check(layout.b_final, {-0.3184007}, 0);
  check(layout.eta[0], {-0.0464010, 0.0672812, 0.0422209}, 5.837755);
  check(layout.eta[1], {0.0145751, -0.1009510, -0.0451630}, 7.058659);
  CHECK(p[layout.lambda[0].offset] == 1);
  CHECK(layout.size() == 7653);
  CHECK(network.synapses() == 3750);
  std::vector<float> frame(25);
  reference_draws(generator, 0)->base(frame);
  CHECK(text_of(frame) == "++-+-------++------++-+--");
}

// plastic.md 2.1, 2.2: P(familiar | block k) = (1 - (-1/2)^k) / 3; two variations of a scene differ in 0, 2
// or 4 components with probability 1/300, 46/300, 253/300.
TEST_CASE("plastic task: both generators follow the task's laws", "[plastic]") {
  for (const bool fast : {false, true}) {
    const auto draws = fast ? fast_draws(3) : reference_draws(TorchGenerator(3), 3);
    Sequence s;
    double familiar = 0, distance[5] = {}, positive = 0, novel = 0;
    constexpr int kSequences = 400;
    for (int i = 0; i < kSequences; ++i) {
      generate({}, 5, 100, *draws, s);
      for (int scene = 0; scene < s.T; ++scene) {
        familiar += s.labels[static_cast<std::size_t>(scene)];
        if (s.labels[static_cast<std::size_t>(scene)] != 0) continue;
        ++novel;
        const std::string a = frame_of(s, scene, 1), b = frame_of(s, scene, 2);
        int apart = 0;
        for (std::size_t k = 0; k < a.size(); ++k) apart += a[k] != b[k];
        ++distance[apart];
        CHECK(flipped(s, scene, 3).size() == 2);
        positive += static_cast<double>(std::ranges::count(frame_of(s, scene, 0), '+'));
      }
    }
    // Four standard errors; of the number of familiar scenes the variance is below T / 4.
    CHECK(familiar / kSequences == Approx(32.22).margin(4 * 5.0 / std::sqrt(kSequences)));
    for (const auto& [apart, p] : std::map<int, double>{{0, 1.0 / 300}, {2, 46.0 / 300}, {4, 253.0 / 300}})
      CHECK(distance[apart] / novel == Approx(p).margin(4 * std::sqrt(p * (1 - p) / novel)));
    CHECK(positive / novel == Approx(12.5).margin(4 * 2.5 / std::sqrt(novel)));
  }
}

TEST_CASE("plastic task: flips are truncated in double precision", "[plastic]") {
  CHECK(TaskSpec{25, 4, 0.1, 0.5}.flips() == 2);
  CHECK(TaskSpec{100, 4, 0.29, 0.5}.flips() == 28);
}

}  // namespace tsd::plastic
