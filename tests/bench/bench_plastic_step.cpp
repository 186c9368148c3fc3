// What does an iteration of continual scene detection (sequence, forward, backward, Adam; T = 100 scenes of
// four frames) cost on one core, natively and as plain LibTorch, how far is it from what its floating-point
// operations alone would cost in a large matrix product, and is it within what was asked?
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cstdio>
#include <functional>

#include "families/plastic/learner.hpp"
#include "medians.hpp"

namespace tsd::plastic {
namespace {

struct Case {
  const char* name;
  NetworkType type;
  std::vector<int> hidden;
  std::vector<std::string> types;
  double asked;  // ms; 0: nothing was
};
const Case kCases[] = {
    {"Memo M_A 50_50", NetworkType::Memo, {50, 50}, {"M", "A"}, 1.0},
    {"Memo M_A 100_100", NetworkType::Memo, {100, 100}, {"M", "A"}, 2.5},
    {"Memo M_A 25_25", NetworkType::Memo, {25, 25}, {"M", "A"}, 0.4},
    {"Dyn_RO M_A 50_50", NetworkType::Dyn_RO, {50, 50}, {"M", "A"}, 0.6},
    {"Nonl_RO M 100_100", NetworkType::Nonl_RO, {100, 100}, {"M"}, 0.8},
    {"Memo M 100", NetworkType::Memo, {100}, {"M"}, 0.8},
    {"Stack M_A 50_50", NetworkType::Stack, {50, 50}, {"M", "A"}, 0.8},
    {"HebbFF 100", NetworkType::HebbFF, {100}, {}, 0},
    {"RNN 100", NetworkType::RNN, {100}, {}, 0},
    {"LSTM 100", NetworkType::LSTM, {100}, {}, 0},
};

Config config_of(const Case& c) {
  Config config;
  config.network_type = c.type;
  config.hidden_dims = c.hidden;
  config.plastic_types = c.types;
  config.hetero_rates.assign(c.types.size(), 1);
  config.max_iterations_per_R = config.max_total_iterations = 1'000'000'000;
  config.acc_num = 1'000'000;  // stays at R = 1
  return config;
}

void iterate(benchmark::State& state, const Case& c, bool native) {
  at::set_num_threads(1);
  const Config config = config_of(c);
  Learner learner(
      config, 1,
      native ? native_backend(config.spec(), config.bce) : torch_backend(config.spec(), config.bce, "cpu"));
  for (auto _ : state) learner.step();
  state.counters["step"] = bench::per_thing(1);
}

void product(benchmark::State& state) {
  at::set_num_threads(1);
  const int n = 1024;
  const auto a = torch::randn({n, n}), b = torch::randn({n, n});
  auto c = torch::empty({n, n});
  for (auto _ : state) torch::mm_out(c, a, b);
  state.counters["step"] = bench::per_thing(2.0 * n * n * n);
}

// plastic.md 10: about 22 per plastic synapse and frame.
double operations(const Case& c) { return 22.0 * static_cast<double>(config_of(c).spec().synapses()) * 400; }

}  // namespace
}  // namespace tsd::plastic

int main(int argc, char** argv) {
  using namespace tsd::plastic;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), 5, 0.3);
  };
  add("sgemm_1024 operation", product);
  for (const Case& c : kCases)
    for (const bool native : {true, false})
      add(std::string(c.name) + (native ? ", native" : ", plain"),
          [&c, native](benchmark::State& state) { iterate(state, c, native); });
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 1 + 2 * std::size(kCases)) return 0;
  std::printf("\nper iteration, one core\n%-20s %10s %10s %7s %9s %14s\n", "medians", "native ms", "plain ms",
              "ratio", "asked ms", "operations ms");
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const double native = medians.seconds[1 + 2 * i], plain = medians.seconds[2 + 2 * i];
    std::printf("%-20s %10.3f %10.1f %6.0fx %9.1f %14.3f\n", kCases[i].name, 1e3 * native, 1e3 * plain,
                plain / native, kCases[i].asked, 1e3 * medians.seconds[0] * operations(kCases[i]));
  }
}
