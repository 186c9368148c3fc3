// A console reporter that keeps the median of the counter "step" of each benchmark, for a table at the end.
#pragma once
#include <benchmark/benchmark.h>

#include <vector>

#include "repeat.hpp"

namespace tsd::bench {

class Medians : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.aggregate_name == "median") seconds.push_back(run.counters.at("step").value);
  }
  std::vector<double> seconds;
};

// As the counter "step": seconds per one of `count` things done in each iteration.
inline benchmark::Counter per_thing(double count) {
  return {count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert};
}

}  // namespace tsd::bench
