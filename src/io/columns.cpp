#include "tsd/io/columns.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd {

namespace {

std::vector<std::string> cells_of(const std::string& line, char separator) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, separator);) {
    const auto first = cell.find_first_not_of(" \t\r\""), last = cell.find_last_not_of(" \t\r\"");
    cells.push_back(first == cell.npos ? "" : cell.substr(first, last - first + 1));
  }
  if (!line.empty() && line.back() == separator) cells.emplace_back();
  return cells;
}

std::optional<double> number(std::string cell, char separator) {
  if (separator != ',') std::ranges::replace(cell, ',', '.');
  double value;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string list(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

Columns read_csv(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  std::string text = read_text(path.string(), 1 << 28);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::istringstream lines(text);
  std::vector<std::string> names;
  Columns columns;
  char separator = ',';
  int at = 0;
  for (std::string line; std::getline(lines, line);) {
    ++at;
    if (line.find_first_not_of(" \t\r") == line.npos || line[0] == '#') continue;
    if (names.empty()) {
      for (const char c : {';', '\t', ','})
        if (line.find(c) != line.npos) {
          separator = c;
          break;
        }
      names = cells_of(line, separator);
      for (const std::string& name : needed)
        if (std::ranges::count(names, name) > 1)
          throw DataError(path.string() + ":" + std::to_string(at) + ": expected each name once, got " +
                          name + " twice");
      continue;
    }
    const auto cells = cells_of(line, separator);
    const std::string place = path.string() + ":" + std::to_string(at);
    if (cells.size() != names.size())
      throw DataError(place + ": expected " + std::to_string(names.size()) + " cells, got " +
                      std::to_string(cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (std::ranges::find(needed, names[i]) == needed.end()) continue;
      const auto value = number(cells[i], separator);
      if (!value) throw DataError(place + ": " + names[i] + ": expected a number, got " + cells[i]);
      columns[names[i]].push_back(*value);
    }
  }
  if (names.empty()) throw DataError(path.string() + ": expected a line of names, got nothing");
  return columns;
}

Columns read_hdf5(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  const Hdf5Reader file(path);
  Columns columns;
  std::string first;  // of those that are there
  for (const std::string& name : needed) {
    if (!file.exists("/" + name)) continue;
    const Array array = file.dataset("/" + name);
    const auto wrong = [&](const std::string& expected) {
      throw DataError(path.string() + ": /" + name + ": expected " + expected + ", got " +
                      to_string(array.shape));
    };
    if (array.shape.size() != 1) wrong("one axis");
    columns[name] = numbers_as<double>(array);
    if (first.empty()) first = name;
    if (columns[name].size() != columns[first].size()) wrong("as many values as /" + first);
    if (!std::ranges::all_of(columns[name], [](double x) { return std::isfinite(x); }))
      wrong("finite numbers");
  }
  return columns;
}

}  // namespace

Columns read_columns(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  const std::string extension = path.extension().string();
  const bool hdf5 = extension == ".h5" || extension == ".hdf5";
  if (!hdf5 && extension != ".csv" && extension != ".tsv")
    throw DataError(path.string() + ": expected a file .csv, .tsv, .h5 or .hdf5");
  const Columns columns = hdf5 ? read_hdf5(path, needed) : read_csv(path, needed);
  if (columns.empty() || columns.begin()->second.empty())
    throw DataError(path.string() + ": expected some of the columns " + list(needed) + ", got none");
  return columns;
}

}  // namespace tsd
