// Networks and inputs of the fixtures (layered.md 8).
#pragma once
#include "families/layered/config.hpp"
#include "families/layered/model/network.hpp"

namespace tsd::layered::test {

// Everything from one stream, as on a CPU in the original.
struct OneStream {
  OneStream(const Config& config, std::uint64_t seed)
      : spec(config.spec()),
        stream(seed),
        network(torch_network(spec, initial_parameters(spec, stream), "cpu", &stream, seed)) {}

  // Of an array of the network, the first numbers.
  std::vector<float> parameter(const std::string& name) const {
    const auto all = network->parameters();
    const auto values = find(all, name).as<float>();
    return {values.begin(), values.end()};
  }

  ModelSpec spec;
  TorchGenerator stream;
  std::unique_ptr<Network> network;
};

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

}  // namespace tsd::layered::test
