#include "tsd/io/csv.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::string text = read_text(path.string(), 1 << 28);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // byte-order mark
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw DataError(path.string() + ": expected text in UTF-8, got UTF-16; save it as CSV UTF-8");
  if (text.find('\n') == std::string::npos) std::ranges::replace(text, '\r', '\n');  // of old Macs
  return text;
}

// Between quotes nothing separates.
char separator_of(const std::string& line) {
  std::string bare;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted) bare += c;
  }
  for (const char c : {';', '\t', ',', ' '})
    if (bare.find(c) != std::string::npos) return c;
  return ',';
}

// Several spaces are one.
Csv::Cells cells_of(const std::string& line, char separator) {
  Csv::Cells cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (quoted || c != separator)
      cells.back() += c;
    else if (separator != ' ' || !cells.back().empty())
      cells.emplace_back();
  }
  for (std::string& cell : cells) {
    const auto first = cell.find_first_not_of(" \t\r\""), last = cell.find_last_not_of(" \t\r\"");
    cell = first == std::string::npos ? "" : cell.substr(first, last - first + 1);
  }
  if (separator == ' ' && cells.size() > 1 && cells.back().empty()) cells.pop_back();
  return cells;
}

}  // namespace

bool Csv::has_row_names() const {
  std::set<std::string> seen;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const Cells& cells = rows[r].cells;
    const bool fits = cells.size() == rows[0].cells.size() + 1 && !cells.back().empty();
    if (!fits || !seen.insert(cells.front()).second) return false;
  }
  return rows.size() > 1 && rows[0].cells.size() > 1;
}

template <class T>
std::optional<T> Csv::number(std::string cell) const {
  if (separator != ',') std::ranges::replace(cell, ',', '.');
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.erase(0, 1);
  T value;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

template std::optional<float> Csv::number(std::string) const;
template std::optional<double> Csv::number(std::string) const;

bool is_csv(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".csv" || extension == ".tsv" || extension == ".txt";
}

Csv read_csv(const std::filesystem::path& path) {
  Csv csv;
  std::istringstream lines(text_of(path));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    if (csv.rows.empty()) csv.separator = separator_of(line);
    csv.rows.push_back({number, cells_of(line, csv.separator)});
  }
  return csv;
}

std::string Csv::shown(const std::string& cell) { return cell.empty() ? "nothing" : cell; }

}  // namespace tsd
