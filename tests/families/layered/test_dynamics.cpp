// What follows from the equations alone: when signals arrive, what learning adds up to, where B settles, and the
// law of the noise (layered.md 2 and 8.5).
#include "families/layered/fixture.hpp"

namespace tsd::layered {
namespace {

using namespace test;

bool is_zero(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float x) { return x == 0; });
}

// Layers that have an error after each step, of a network that was shown the same image for long.
std::vector<std::vector<int>> arrivals(Rule rule) {
  Config c = small_net(rule);
  c.lr_factors = {0};
  const OneStream net(c, 1);
  const std::vector<float> x(15, 0.5f);
  net.network->show(x, x);
  net.run(20, Mode::evaluate);
  std::vector<std::vector<int>> all;
  for (int t = 0; t < 4; ++t) {
    net.network->step(Mode::learn);
    all.emplace_back();
    for (int l = 1; l <= 4; ++l)
      if (!is_zero(net.network->errors(l))) all.back().push_back(l);
  }
  return all;
}

}  // namespace

TEST_CASE("layered dynamics: an image takes a step to pass each layer", "[layered]") {
  Config c = small_net(Rule::BP);
  c.lr_factors = {0};
  const OneStream net(c, 1);
  const std::vector<float> x(15, 0.5f);
  net.network->show(x, x);
  std::vector<std::vector<float>> outputs;
  for (int t = 0; t < 8; ++t) net.run(1), outputs.push_back(net.output());
  CHECK(outputs[2] != outputs[3]);
  for (std::size_t t = 4; t < 8; ++t) CHECK(outputs[t] == outputs[3]);
}

TEST_CASE("layered dynamics: an error takes a step to pass each layer, unless it comes directly",
          "[layered]") {
  const std::vector<std::vector<int>> by_steps = {{4}, {3, 4}, {2, 3, 4}, {1, 2, 3, 4}};
  CHECK(arrivals(Rule::BP) == by_steps);
  CHECK(arrivals(Rule::FA) == by_steps);
  CHECK(arrivals(Rule::DFA)[0] == std::vector{1, 2, 3, 4});
}

// In a state that stands still: a step goes along beta times the gradient of half the squared error, which finite
// differences tell.
TEST_CASE("layered dynamics: the stationary update is gradient descent", "[layered]") {
  Config still = small_net(Rule::BP), learning = still;
  still.lr_factors = {0};
  learning.lr_factors = {100};
  std::vector<float> x;
  for (int i = 0; i < 15; ++i) x.push_back(static_cast<float>(i * 7 % 11) / 10);
  const auto after = [&](const Config& c, const Arrays& state, int steps) {
    const OneStream net(c, 1);
    net.network->show(x, x);
    net.network->restore(state);
    net.run(steps);
    return net.network->state();
  };
  const Arrays start = after(still, OneStream(still, 1).network->state(), 20),
               moved = after(learning, start, 1);
  const auto loss_with = [&](const std::string& name, float change) {
    Arrays changed = start;
    for (Array& array : changed)
      if (array.name == name) array.as<float>()[1] += change;
    const Arrays end = after(still, changed, 6);
    double loss = 0;
    for (std::size_t k = 0; k < x.size(); ++k)
      loss += std::pow(double{x[k]} - find(end, "r_4").as<float>()[k], 2) / 2 / 3;
    return loss;
  };
  for (const std::string name : {"W_1", "W_2", "W_3", "W_4", "b_1", "b_3"}) {
    CAPTURE(name);
    constexpr float kDifference = 0.02f;
    const double gradient =
        (loss_with(name, kDifference) - loss_with(name, -kDifference)) / (2 * kDifference);
    const double expected = -still.beta * gradient * still.lr * 100 / still.n_updates;
    const double step = double{find(moved, name).as<float>()[1]} - find(start, name).as<float>()[1];
    CHECK(step == Approx(expected).epsilon(0.005));  // of the differences: curvature, and sums in float32
  }
}

// A linear net with frozen W and zero input: B goes to K sigma^2 / lambda W'.
TEST_CASE("layered dynamics: B settles at the transposed forward weights", "[layered]") {
  Config c = small_net(Rule::PAL);
  c.input = {3, 1, 1};
  c.layers = {"dense", "dense"};
  c.units = {3, 3};
  c.activation = {"linear"};
  c.batch_size = 200;
  c.lr_factors = {0};
  c.pal = {{0, 1}, {1e-2}, {0.1, 0.1}, 10, 10, 0};
  const OneStream net(c, 1);
  Arrays state = net.network->state();
  const std::vector<float> W = {1, 0, 0.5, 0, -1, 0, 0.25, 0, 2};  // [pre, post]
  for (Array& array : state) {
    if (array.name == "W_2") std::ranges::copy(W, array.as<float>().begin());
    if (array.name.starts_with("b_")) std::ranges::fill(array.as<float>(), 0.0f);
  }
  net.network->restore(state);
  const std::vector<float> x(600, 0.0f);
  net.network->show(x, x);
  net.run(2000);
  std::vector<double> mean(9);
  for (int t = 0; t < 4000; ++t) {
    net.run(1);
    const auto B = net.parameter("B_2");
    for (std::size_t i = 0; i < 9; ++i) mean[i] += B[i] / 4000.0;
  }
  constexpr double kGain = 0.2493074792;  // K; sigma^2 / lambda is 1
  for (std::size_t post = 0; post < 3; ++post)
    for (std::size_t pre = 0; pre < 3; ++pre) {
      CAPTURE(post, pre);
      CHECK(std::abs(mean[post * 3 + pre] - kGain * W[pre * 3 + post]) < 0.005);
    }
}

// The small net's layers have 12, 6, 12 and 15 numbers; a larger one's fill blocks of 16, or not.
TEST_CASE("layered dynamics: what is drawn in vain moves the stream as numbers do", "[layered]") {
  for (const int samples : {3, 16, 17}) {
    CAPTURE(samples);
    Config c = small_net(Rule::BP);
    c.batch_size = samples;
    const OneStream net(c, 1);
    TorchGenerator other = net.stream;
    const std::vector<float> x(static_cast<std::size_t>(5 * samples), 0.5f);
    net.network->show(x, x);
    net.run(1);
    for (const int units : c.units) {
      std::vector<float> drawn(static_cast<std::size_t>(units * samples));
      other.normal(std::span<float>(drawn));
    }
    const Array expected = other.save(""), got = net.stream.save("");
    CHECK(got.bytes == expected.bytes);
  }
}

TEST_CASE("layered dynamics: spread and correlation of the noise, of either generator", "[layered]") {
  for (const bool shared : {true, false}) {
    CAPTURE(shared);
    Config c = small_net(Rule::PAL);
    c.batch_size = 2000;
    const ModelSpec spec = c.spec();
    TorchGenerator stream(3);
    const auto network =
        torch_network(spec, initial_parameters(spec, stream), "cpu", shared ? &stream : nullptr, 3);
    const std::vector<float> x(10000, 0.0f);
    network->show(x, x);
    for (int t = 0; t < 100; ++t) network->step(Mode::evaluate);
    const auto before = network->noise(1);
    network->step(Mode::evaluate);
    const auto after = network->noise(1);
    double squares = 0, products = 0;
    for (std::size_t i = 0; i < after.size(); ++i)
      squares += after[i] * after[i], products += after[i] * before[i];
    const double n = static_cast<double>(after.size());  // 8000: 0.8 % of the spread
    CHECK(std::abs(std::sqrt(squares / n) / 0.1 - 0.725476) < 0.03);
    CHECK(std::abs(products / squares - 0.9) < 0.03);
  }
}

}  // namespace tsd::layered
