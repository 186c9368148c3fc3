// What share of a step does it take to see that its numbers are finite? At most 1 % was asked. Learners look at the norm of the
// gradient, microcircuits at their weights. N-back clips by that norm, so that its look is at one number.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "medians.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/families/families.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd {
namespace {

std::unique_ptr<Experiment> experiment_of(const std::string& family) {
  const ConfigFile file(TSD_SOURCE_DIR "/configs/" + family + "/smoke.yaml", families());
  RunContext context;
  const auto config =
      file.resolve(file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt, {});
  context.seed = config.seed;
  context.device = "cpu";
  context.threads = 1;
  return config.configuration->build(context);
}

// Over and over the run's first steps.
void steps(benchmark::State& state, const std::string& family) {
  const auto experiment = experiment_of(family);
  const Arrays fresh = experiment->state();
  std::int64_t done = 0;
  for (auto _ : state) {
    if (done++ == experiment->total_steps()) {
      state.PauseTiming();
      experiment->restore(fresh);
      done = 1;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(experiment->step());
  }
  state.counters["step"] = bench::per_thing(1);
}

void guard(benchmark::State& state, const std::string& family) {
  std::size_t count = 0;
  for (const Array& array : experiment_of(family)->weights())
    count += array.bytes.size() / size_of(array.dtype);
  const std::vector<float> gradient(count, 1e-3f);
  const std::vector<double> weights(count, 0.1);
  for (auto _ : state) {
    if (family == "microcircuit")
      benchmark::DoNotOptimize(std::ranges::all_of(weights, [](double w) { return std::isfinite(w); }));
    else if (family == "nback")
      benchmark::DoNotOptimize(std::isfinite(gradient[0]));
    else
      benchmark::DoNotOptimize(std::isfinite(kernels::sum_of_squares(count, gradient.data())));
  }
  state.counters["step"] = bench::per_thing(1);
}

}  // namespace
}  // namespace tsd

int main(int argc, char** argv) {
  using namespace tsd;
  set_quiet(true);
  benchmark::Initialize(&argc, argv);
  const std::vector<std::string> names = {"nback", "plastic", "microcircuit", "ctd_task", "ctd_data"};
  for (const auto& name : names) {
    bench::repeat(benchmark::RegisterBenchmark((name + " step").c_str(), steps, name), 5, 0.3);
    bench::repeat(benchmark::RegisterBenchmark((name + " guard").c_str(), guard, name), 5, 0.05);
  }
  bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 2 * names.size()) return 0;
  std::printf("\n%-14s %12s %12s %8s\n", "family", "step", "guard", "share");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double step = medians.seconds[2 * i], seen = medians.seconds[2 * i + 1];
    std::printf("%-14s %9.1f us %9.3f us %6.2f %%%s\n", names[i].c_str(), 1e6 * step, 1e6 * seen,
                100 * seen / step, seen > 0.01 * step ? "  more than asked" : "");
  }
}
