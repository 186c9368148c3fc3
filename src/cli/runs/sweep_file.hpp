// sweep.h5: a sweep as one file.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/runs/sweep_table.hpp"

namespace tsd::cli {

// Settings and metrics of each run along the first axis, and the chosen datasets of the finished runs stacked
// along it (NaN: a run without). DataError, with run and dataset, where shapes differ.
void write_sweep(const std::filesystem::path& file, const SweepTable& table,
                 const std::vector<std::string>& datasets);

}  // namespace tsd::cli
