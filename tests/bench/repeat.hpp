// How often a benchmark is repeated.
#pragma once
#include <benchmark/benchmark.h>

#include <cstdlib>

namespace tsd::bench {

// Repetitions of at least `seconds` each; of an iteration each where there are none. With TSD_BENCH_ONCE in the
// environment one iteration is all, and no table is printed: so the tests see that a benchmark still runs.
inline benchmark::internal::Benchmark* repeat(benchmark::internal::Benchmark* benchmark, int repetitions,
                                              double seconds = 0) {
  if (std::getenv("TSD_BENCH_ONCE")) return benchmark->Iterations(1);
  if (seconds > 0) benchmark->MinTime(seconds);
  return benchmark->Repetitions(repetitions)->ReportAggregatesOnly();
}

}  // namespace tsd::bench
