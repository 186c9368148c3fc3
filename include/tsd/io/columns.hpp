// Columns by name: a CSV with a line of names, or one-dimensional datasets at the root of an HDF5 file.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tsd {

class Hdf5Reader;

using Columns = std::map<std::string, std::vector<double>>;

// The first of `given` that differs from `name` in capitals, spaces, signs or the plural alone; nothing where `name`
// itself is there. "Class", "classes", "target1" for "class", "target_1".
std::optional<std::string> near_miss(const std::string& name, const std::vector<std::string>& given);

struct Table {
  std::string place;  // of the names, for errors
  std::vector<std::string>
      names;        // of all columns, in the file's order; without an index and without axes of others
  Columns columns;  // those that were asked for and are there
};

// Numbers, of the `needed` columns that are there, one at least. DataError with line or dataset, expected, got.
Table read_columns(const std::filesystem::path& path, const std::vector<std::string>& needed);

// DataError where a column is a near miss of a needed one that is not there, or the next of a numbered row (input_3
// beyond input_1, input_2).
void refuse_near_misses(const Table& table, const std::vector<std::string>& needed);

// Whether a dataset is an axis of others (a dimension scale), and no column.
bool is_axis(const Hdf5Reader& file, const std::string& path);

// Columns that are none of these.
std::vector<std::string> other_columns(const Table& table, const std::vector<std::string>& read);

}  // namespace tsd
