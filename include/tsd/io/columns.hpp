// Columns by name: a CSV with a line of names, or one-dimensional datasets at the root of an HDF5 file.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tsd {

using Columns = std::map<std::string, std::vector<double>>;

// Numbers only; other columns are left out where they are not in `needed`. DataError with line or dataset,
// expected, got.
Columns read_columns(const std::filesystem::path& path, const std::vector<std::string>& needed);

// Names in the file that are none of these, in its order; without an index, which has none.
std::vector<std::string> other_columns(const std::filesystem::path& path,
                                       const std::vector<std::string>& read);

}  // namespace tsd
