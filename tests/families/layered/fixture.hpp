// Networks of the fixtures, and how their numbers are compared (layered.md 8.3).
#pragma once
#include <cmath>

#include "families/layered/config.hpp"
#include "families/layered/model/network.hpp"
#include "support/catch.hpp"

namespace tsd::layered::test {

// Everything from one stream, as on a CPU in the original.
struct OneStream {
  OneStream(const Config& config, std::uint64_t seed)
      : spec(config.spec()),
        stream(seed),
        network(torch_network(spec, initial_parameters(spec, stream), "cpu", &stream, seed)) {}

  std::vector<float> parameter(const std::string& name) const {
    const auto all = network->parameters();
    const auto values = find(all, name).as<float>();
    return {values.begin(), values.end()};
  }
  std::vector<float> output() const { return network->rates(static_cast<int>(spec.layers.size())); }
  void run(int steps, Mode mode = Mode::learn) const {
    for (int t = 0; t < steps; ++t) network->step(mode);
  }

  ModelSpec spec;
  TorchGenerator stream;
  std::unique_ptr<Network> network;
};

// The first numbers of an array, as the original has them: its sums in float32 are in another order.
inline void check_front(const std::vector<float>& values, const std::vector<double>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i, values[i], expected[i]);
    CHECK(std::abs(values[i] - expected[i]) < 1e-6);
  }
}

// 5-4-2-4-5, three samples.
inline Config small_net(Rule rule) {
  Config c;
  c.rule = rule;
  c.input = {5, 1, 1};
  c.units = {4, 2, 4, 5};
  c.batch_size = 3;
  c.n_updates = 20;
  c.lr_factors = {0.5};
  c.pal = {{0, 1, 1, 1}, {1e-4}, {0.1, 0.1, 0.1, 0}, 10, 10, 0};
  return c;
}

// The published autoencoder.
inline Config mnist_net(Rule rule) {
  Config c;
  c.rule = rule;
  c.lr_factors = {0.01};
  c.pal = {{0, 1, 1, 1}, {1e-4}, {0.01, 0.01, 0.01, 0}, 10, 10, 0};
  return c;
}

}  // namespace tsd::layered::test
