// What the runs of a sweep were and what came out: a row for each run.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/runs/search.hpp"
#include "tsd/engine/table.hpp"

namespace tsd::cli {

struct SweepTable {
  std::vector<Entry> runs;
  std::vector<std::string> keys;  // of the settings in which runs differ, and `seed`
  std::vector<std::vector<std::string>>
      settings;                           // of each run, as YAML text; empty: the run has no such key
  std::vector<std::string> metrics;       // columns of metrics.csv that are numbers
  std::vector<std::vector<double>> last;  // of each run; NaN: none
  std::string headline;                   // the metric that runs are judged by
  std::vector<double> best;               // of it; NaN: none yet
};

// Of all runs below a directory. MissingInput where there are none, DataError where they are of several
// families.
SweepTable collect_runs(const std::filesystem::path& root);

// "final.loss", "best.loss".
std::string final_name(const std::string& metric);
std::string best_name(const SweepTable& table);

Table table_of_runs(const SweepTable& table);

// Mean and standard deviation (n - 1) over the finished runs of equal settings. `by`: keys; none: all but
// seeds. `metric`: of the last row; none: the best and last of the headline.
Table table_by(const SweepTable& table, std::vector<std::string> by, const std::string& metric);

}  // namespace tsd::cli
