// Milliseconds, the counter "GFLOP/s" and processor time of each benchmark, for a table at the end, and the
// product that bounds them.
#pragma once
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <vector>

#include "repeat.hpp"

namespace tsd::bench {

class Table : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.aggregate_name == "median")
        medians.push_back(
            {run.GetAdjustedRealTime(), run.counters.at("GFLOP/s").value, run.GetAdjustedCPUTime()});
  }
  struct Median {
    double ms, gflops, processor_ms;
  };
  std::vector<Median> medians;
};

inline benchmark::Counter gflops(double per_iteration) {
  return {per_iteration, benchmark::Counter::kIsIterationInvariantRate};
}

inline void sgemm(benchmark::State& state, int threads) {
  at::set_num_threads(threads);
  const int n = 1024;
  const auto a = torch::randn({n, n}), b = torch::randn({n, n});
  auto c = torch::empty({n, n});
  for (auto _ : state) torch::mm_out(c, a, b);
  state.counters["GFLOP/s"] = gflops(2e-9 * n * n * n);
}

}  // namespace tsd::bench
