#include "tsd/io/columns.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "tsd/error.hpp"
#include "tsd/io/csv.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd {

namespace {

std::string list(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

// A name as people mean it: letters without case and plural, and the number at the end.
struct Meant {
  std::string stem, number;

  explicit Meant(const std::string& name) {
    for (const unsigned char c : name)
      if (c >= 0x80 || std::isalnum(c)) stem += static_cast<char>(std::tolower(c));
    const auto last = stem.find_last_not_of("0123456789");
    const std::size_t letters = last == std::string::npos ? 0 : last + 1;
    number = stem.substr(letters);
    stem.resize(letters);
    number.erase(0, std::min(number.find_first_not_of('0'), number.size() - (number.empty() ? 0 : 1)));
    if (stem.ends_with("sses"))
      stem.resize(letters - 2);
    else if (letters > 1 && stem.ends_with('s') && !stem.ends_with("ss"))
      stem.pop_back();
  }
  bool operator==(const Meant&) const = default;
};

// Under a line of names; R puts names of rows before them without a name of their own.
Table table_of_csv(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  const Csv csv = read_csv(path);
  const auto place = [&](const Csv::Row& row) {
    return path.string() + ":" + std::to_string(row.line) + ": ";
  };
  if (csv.rows.empty()) throw DataError(path.string() + ": expected a line of names, got nothing");
  const Csv::Cells& names = csv.rows[0].cells;
  for (const std::string& name : needed)
    if (std::ranges::count(names, name) > 1)
      throw DataError(place(csv.rows[0]) + "expected each name once, got " + name + " twice");
  if (csv.rows.size() == 1)
    throw DataError(path.string() + ": expected rows under the line of names, got none");
  const std::size_t first = csv.has_row_names() ? 1 : 0;
  Table table{place(csv.rows[0]), names, {}};
  std::erase_if(table.names, [](const std::string& name) { return name.empty() || name == "Unnamed: 0"; });
  for (std::size_t r = 1; r < csv.rows.size(); ++r) {
    const Csv::Cells& cells = csv.rows[r].cells;
    if (cells.size() != first + names.size())
      throw DataError(place(csv.rows[r]) + "expected " + std::to_string(first + names.size()) +
                      " cells, got " + std::to_string(cells.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::ranges::find(needed, names[i]) == needed.end()) continue;
      const auto value = csv.number<double>(cells[first + i]);
      if (!value || !std::isfinite(*value))
        throw DataError(place(csv.rows[r]) + names[i] + ": expected a number, got " +
                        Csv::shown(cells[first + i]));
      table.columns[names[i]].push_back(*value);
    }
  }
  return table;
}

Table table_of_hdf5(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  const Hdf5Reader file(path);
  Table table{path.string() + ": ", file.list("/"), {}};
  std::erase_if(table.names, [&](const std::string& name) { return is_axis(file, "/" + name); });
  std::string first;  // of those that are there
  for (const std::string& name : needed) {
    if (!file.exists("/" + name)) continue;
    const Array array = file.dataset("/" + name);
    const auto wrong = [&](const std::string& expected) {
      throw DataError(path.string() + ": /" + name + ": expected " + expected + ", got " +
                      to_string(array.shape));
    };
    if (array.shape.size() != 1) wrong("one axis");
    auto& values = table.columns[name] = finite_values(array, path.string() + ": /" + name);
    if (first.empty()) first = name;
    if (values.size() != table.columns[first].size()) wrong("as many values as /" + first);
  }
  return table;
}

}  // namespace

std::optional<std::string> near_miss(const std::string& name, const std::vector<std::string>& given) {
  if (std::ranges::find(given, name) != given.end()) return std::nullopt;
  const Meant meant(name);
  const auto near = std::ranges::find_if(given, [&](const auto& other) { return Meant(other) == meant; });
  return near == given.end() ? std::nullopt : std::optional(*near);
}

void refuse_near_misses(const Table& table, const std::vector<std::string>& needed) {
  for (const std::string& name : needed)
    if (const auto near = near_miss(name, table.names))
      throw DataError(table.place + "expected the column " + name + ", got " + *near);
  for (const std::string& name : table.names) {
    const Meant meant(name);
    if (meant.number.empty() || std::ranges::find(needed, name) != needed.end()) continue;
    std::vector<std::string> row;
    for (const std::string& other : needed)
      if (const Meant own(other); own.stem == meant.stem && !own.number.empty()) row.push_back(other);
    if (!row.empty())
      throw DataError(table.place + "expected " + row.front() +
                      (row.size() > 1 ? " to " + row.back() : " alone") + ", got " + name + ", too");
  }
}

bool is_axis(const Hdf5Reader& file, const std::string& path) {
  return file.has_attribute(path, "CLASS") &&
         file.text_attribute(path, "CLASS").starts_with("DIMENSION_SCALE");
}

Table read_columns(const std::filesystem::path& path, const std::vector<std::string>& needed) {
  const std::string extension = path.extension().string();
  const bool hdf5 = extension == ".h5" || extension == ".hdf5";
  if (!hdf5 && !is_csv(path))
    throw DataError(path.string() + ": expected a file .csv, .tsv, .txt, .h5 or .hdf5, got " +
                    (extension.empty() ? "no extension" : extension));
  Table table = hdf5 ? table_of_hdf5(path, needed) : table_of_csv(path, needed);
  if (table.columns.empty()) {
    refuse_near_misses(table, needed);
    throw DataError(path.string() + ": expected some of the columns " + list(needed) + ", got " +
                    (table.names.empty() ? "none" : list(table.names)));
  }
  if (table.columns.begin()->second.empty())
    throw DataError(path.string() + ": expected values in the column " + table.columns.begin()->first +
                    ", got none");
  return table;
}

std::vector<std::string> other_columns(const Table& table, const std::vector<std::string>& read) {
  std::vector<std::string> names = table.names;
  std::erase_if(names, [&](const std::string& name) { return std::ranges::find(read, name) != read.end(); });
  return names;
}

}  // namespace tsd
