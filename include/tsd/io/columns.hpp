// Columns by name: a CSV with a line of names, or one-dimensional datasets at the root of an HDF5 file.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tsd {

using Columns = std::map<std::string, std::vector<double>>;

// The first of `given` that differs from `name` in capitals, spaces, signs or the plural alone; nothing where `name`
// itself is there. "Class", "classes", "target1" for "class", "target_1".
std::optional<std::string> near_miss(const std::string& name, const std::vector<std::string>& given);

// Numbers only; other columns are left out where they are not in `needed`, unless they are near misses of it, or
// the next of a numbered row (input_3 beyond input_1, input_2). DataError with line or dataset, expected, got.
Columns read_columns(const std::filesystem::path& path, const std::vector<std::string>& needed);

// Names in the file that are none of these, in its order; without an index, which has none.
std::vector<std::string> other_columns(const std::filesystem::path& path,
                                       const std::vector<std::string>& read);

}  // namespace tsd
