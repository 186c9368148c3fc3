// Items and classes in a file of the user's: CSV as spreadsheets, pandas and R write it, or HDF5.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>

#include "families/dual_stream/data/stimuli.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::dual_stream {

namespace {

using Cells = std::vector<std::string>;

Stimuli of_file(const std::string& source, int D, std::vector<float> x, std::vector<std::int32_t> label) {
  const auto [low, high] = std::ranges::minmax(label);
  const std::string last = std::to_string(high);
  if (low != 0 || high < 1)
    throw DataError(source + ": classes: expected 0 to K - 1 with K of at least 2, got " +
                    std::to_string(low) + " to " + last);
  std::vector<std::int32_t> sorted = label;
  std::ranges::sort(sorted);
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i] > sorted[i - 1] + 1)
      throw DataError(source + ": classes: expected items of every class from 0 to " + last +
                      ", got none of class " + std::to_string(sorted[i - 1] + 1));
  return {D, high + 1, std::move(x), {{"stimuli", std::move(label)}}};
}

class Csv {
 public:
  explicit Csv(std::string path) : path_(std::move(path)) {}

  Stimuli read() {
    split_lines();
    read_header();
    if (rows_.empty()) throw DataError(path_ + ": expected a line per item, got none");
    for (const Row& row : rows_) add(row);
    refuse_index();
    return of_file(path_, D_, std::move(x_), std::move(label_));
  }

 private:
  struct Row {
    int line;
    Cells cells;
  };

  // Blank lines and comments are passed over. The first other line tells what stands between cells.
  void split_lines() {
    std::string text = read_text(path_, 1 << 28);
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // byte-order mark
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
      throw DataError(path_ + ": expected text in UTF-8, got UTF-16; save it as CSV UTF-8");
    if (text.find('\n') == std::string::npos) std::ranges::replace(text, '\r', '\n');  // of old Macs
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const std::size_t first = line.find_first_not_of(" \t\r");
      if (first == std::string::npos || line[first] == '#') continue;
      if (rows_.empty())
        for (const char c : {';', '\t', ',', ' '})
          if (line.find(c) != std::string::npos) {
            separator_ = c;
            break;
          }
      rows_.push_back({number, cells_of(line)});
    }
  }

  // Between quotes nothing separates. Several spaces are one.
  Cells cells_of(const std::string& line) const {
    Cells cells(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (quoted || c != separator_)
        cells.back() += c;
      else if (separator_ != ' ' || !cells.back().empty())
        cells.emplace_back();
    }
    for (std::string& cell : cells) {
      const auto first = cell.find_first_not_of(" \t\r\""), last = cell.find_last_not_of(" \t\r\"");
      cell = first == std::string::npos ? "" : cell.substr(first, last - first + 1);
    }
    if (separator_ == ' ' && cells.size() > 1 && cells.back().empty()) cells.pop_back();
    return cells;
  }

  // A decimal comma can be read where commas do not separate.
  bool is_number(std::string cell, float& value) const {
    if (separator_ != ',') std::ranges::replace(cell, ',', '.');
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return error == std::errc() && end == cell.data() + cell.size();
  }

  // "0", "1", "2", .. from this cell on.
  static bool counts_columns(const Cells& cells, std::size_t from) {
    for (std::size_t i = from; i < cells.size(); ++i)
      if (cells[i] != std::to_string(i - from)) return false;
    return true;
  }

  // A first line of names is taken off. Its first name is missing where pandas or R have put names of rows
  // before the columns.
  void read_header() {
    if (rows_.empty()) return;
    const Cells& first = rows_[0].cells;
    line_ = rows_[0].line;
    float value;
    const bool numbered = first[0].empty() && counts_columns(first, 1);
    if (!numbered && std::ranges::any_of(first, [&](const auto& c) { return is_number(c, value); })) {
      if (counts_columns(first, 0))
        wrong("an item or names of columns",
              "0 to " + first.back() +
                  ", which is what a header of column numbers looks like; give the columns " +
                  "names, or put a line of names above it if it is an item");
      return;
    }
    const bool one_short = rows_.size() > 1 && rows_[1].cells.size() == first.size() + 1;
    skipped_ = one_short || first[0].empty() || first[0] == "Unnamed: 0" ? 1 : 0;
    if (rows_.size() > 1 && !one_short && rows_[1].cells.size() != first.size()) {
      line_ = rows_[1].line;
      wrong(std::to_string(first.size()) + " values, as many as names",
            std::to_string(rows_[1].cells.size()));
    }
    name_ = first[0];
    refuse_class_elsewhere(first);
    rows_.erase(rows_.begin());
  }

  // The class is the last column, whatever it is called; a name may say that it is another.
  void refuse_class_elsewhere(const Cells& names) const {
    const auto is_class = [](std::string name) {
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      return name == "class" || name == "label" || name == "category" || name == "target";
    };
    const auto found = std::ranges::find_if(names, is_class);
    if (found != names.end() && !is_class(names.back()))
      wrong("the class in the last column", "a column " + *found + " before " + shown(names.back()) +
                                                "; put it last, or give it another name if it is a feature");
  }

  void add(const Row& row) {
    line_ = row.line;
    const auto count = static_cast<int>(row.cells.size());
    const int D = count - 1 - skipped_;
    if (D_ == 0) D_ = D;
    if (D < 1 || D != D_)
      wrong(D_ < 1 ? "at least one feature and the class" : std::to_string(D_ + 1 + skipped_) + " values",
            std::to_string(count));
    for (int m = 0; m < D; ++m) {
      float value;
      const std::string& cell = row.cells[static_cast<std::size_t>(m + skipped_)];
      if (!is_number(cell, value) || !std::isfinite(value))
        wrong("a finite number in column " + std::to_string(m + skipped_ + 1), shown(cell));
      x_.push_back(value);
    }
    label_.push_back(class_of(row.cells.back(), count));
  }

  std::int32_t class_of(const std::string& cell, int column) const {
    const std::string_view text =
        std::string_view(cell).substr(0, cell.ends_with(".0") ? cell.size() - 2 : cell.size());
    std::int32_t label = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
    if (error != std::errc() || end != text.data() + text.size() || label < 0 || label > kMostClasses)
      wrong("a class from 0 on in column " + std::to_string(column), shown(cell));
    return label;
  }

  // A first column that counts the lines is no feature, unless a name says so.
  void refuse_index() const {
    static const Cells kNames = {"", "index", "Index", "id", "Id", "ID", "row", "item", "Item"};
    const std::size_t D = static_cast<std::size_t>(D_), n = label_.size();
    if (skipped_ > 0 || D < 2 || n < 3 || std::ranges::find(kNames, name_) == kNames.end()) return;
    for (std::size_t i = 0; i < n; ++i)
      if (x_[i * D] != x_[0] + static_cast<float>(i)) return;
    if (x_[0] != 0 && x_[0] != 1) return;
    throw DataError(
        path_ + ": column 1: expected a feature, got " + std::to_string(static_cast<int>(x_[0])) + ", " +
        std::to_string(static_cast<int>(x_[D])) +
        ", .., which count the lines as an index does; leave the column out, or name the columns in "
        "a first line if it is a feature");
  }

  static std::string shown(const std::string& cell) { return cell.empty() ? "nothing" : cell; }
  [[noreturn]] void wrong(const std::string& expected, const std::string& got) const {
    throw DataError(path_ + ":" + std::to_string(line_) + ": expected " + expected + ", got " + got);
  }

  static constexpr std::int32_t kMostClasses = 1 << 20;

  std::string path_, name_;  // of the first column
  char separator_ = ',';
  std::vector<Row> rows_;
  int line_ = 0, D_ = 0, skipped_ = 0;
  std::vector<float> x_;
  std::vector<std::int32_t> label_;
};

Stimuli read_hdf5(const std::string& path) {
  const Hdf5Reader file(path);
  const bool of_run = file.exists("/stimuli/x");  // results.h5
  const Array x = file.dataset(of_run ? "/stimuli/x" : "/x");
  Array label = file.dataset(of_run ? "/stimuli/class" : "/class");
  if (of_run && label.shape.size() == 2 && label.shape[0] == 1) label.shape.erase(label.shape.begin());
  if (x.shape.size() != 2 || x.shape[0] < 1 || x.shape[1] < 1)
    throw DataError(path + ": /x: expected [item, feature], got " + to_string(x.shape));
  if (label.shape != Shape{x.shape[0]})
    throw DataError(path + ": /class: expected " + to_string({x.shape[0]}) + ", got " +
                    to_string(label.shape));
  const auto wrong = [&](const char* dataset, const std::string& expected, double got, std::size_t item) {
    throw DataError(path + ": " + dataset + ": expected " + expected + ", got " + shortest(got) +
                    " for item " + std::to_string(item));
  };
  std::vector<float> values;
  for (const double value : numbers_as<double>(x)) {
    if (!std::isfinite(static_cast<float>(value)))
      wrong("/x", "finite numbers", value, values.size() / static_cast<std::size_t>(x.shape[1]));
    values.push_back(static_cast<float>(value));
  }
  std::vector<std::int32_t> classes;
  for (const double value : numbers_as<double>(label)) {
    if (!(value >= 0 && value < 1 << 20) || value != std::floor(value))
      wrong("/class", "whole numbers from 0 on", value, classes.size());
    classes.push_back(static_cast<std::int32_t>(value));
  }
  return of_file(path, static_cast<int>(x.shape[1]), std::move(values), std::move(classes));
}

}  // namespace

Stimuli read_stimuli(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".h5" || extension == ".hdf5") return read_hdf5(path.string());
  if (extension == ".csv" || extension == ".tsv") return Csv(path.string()).read();
  throw DataError(path.string() + ": stimuli: expected a file .csv, .tsv, .h5 or .hdf5");
}

}  // namespace tsd::dual_stream
