// Items and classes in a file of the user's: CSV as spreadsheets, pandas and R write it, or HDF5.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "families/dual_stream/data/stimuli.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/schema/schema.hpp"
#include "tsd/error.hpp"
#include "tsd/io/csv.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::dual_stream {

namespace {

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

class Items {
 public:
  explicit Items(std::string path) : path_(std::move(path)), csv_(read_csv(path_)) {}

  Stimuli read() {
    read_header();
    if (csv_.rows.empty()) throw DataError(path_ + ": expected a line per item, got none");
    for (const Csv::Row& row : csv_.rows) add(row);
    refuse_index();
    Stimuli items = of_file(path_, D_, std::move(x_), std::move(label_));
    items.names = std::move(names_);
    return items;
  }

 private:
  // "0", "1", "2", .. from this cell on.
  static bool counts_columns(const Csv::Cells& cells, std::size_t from) {
    for (std::size_t i = from; i < cells.size(); ++i)
      if (cells[i] != std::to_string(i - from)) return false;
    return true;
  }

  // A first line of names is taken off. Its first name is missing where pandas or R have put names of rows
  // before the columns.
  void read_header() {
    if (csv_.rows.empty()) return;
    const Csv::Cells& first = csv_.rows[0].cells;
    line_ = csv_.rows[0].line;
    const bool numbered = first[0].empty() && counts_columns(first, 1);
    if (!numbered &&
        std::ranges::any_of(first, [&](const auto& c) { return csv_.number<float>(c).has_value(); })) {
      if (counts_columns(first, 0))
        wrong("an item or names of columns",
              "0 to " + first.back() +
                  ", which is what a header of column numbers looks like; give the columns " +
                  "names, or put a line of names above it if it is an item");
      return;
    }
    const bool one_short = csv_.has_row_names();
    skipped_ = one_short || first[0].empty() || first[0] == "Unnamed: 0" ? 1 : 0;
    if (csv_.rows.size() > 1 && !one_short && csv_.rows[1].cells.size() != first.size()) {
      line_ = csv_.rows[1].line;
      wrong(std::to_string(first.size()) + " values, as many as names",
            std::to_string(csv_.rows[1].cells.size()));
    }
    name_ = first[0];
    refuse_class_elsewhere(first);
    names_.assign(first.begin() + (skipped_ > 0 && !one_short), first.end());
    csv_.rows.erase(csv_.rows.begin());
  }

  // The class is the last column, whatever it is called; a name may say that it is another.
  void refuse_class_elsewhere(const Csv::Cells& names) const {
    const auto is_class = [](std::string name) {
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      return name == "class" || name == "label" || name == "category" || name == "target";
    };
    const auto found = std::ranges::find_if(names, is_class);
    if (found != names.end() && !is_class(names.back()))
      wrong("the class in the last column", "a column " + *found + " before " + Csv::shown(names.back()) +
                                                "; put it last, or give it another name if it is a feature");
  }

  void add(const Csv::Row& row) {
    line_ = row.line;
    const auto count = static_cast<int>(row.cells.size());
    const int D = count - 1 - skipped_;
    if (D_ == 0) D_ = D;
    if (D < 1 || D != D_)
      wrong(D_ < 1 ? "at least one feature and the class" : std::to_string(D_ + 1 + skipped_) + " values",
            std::to_string(count));
    for (int column = skipped_; column < count - 1; ++column) {
      const std::string& cell = row.cells[static_cast<std::size_t>(column)];
      const auto value = csv_.number<float>(cell);
      if (!value || !std::isfinite(*value))
        wrong("a finite number in column " + std::to_string(column + 1), Csv::shown(cell));
      x_.push_back(*value);
    }
    label_.push_back(class_of(row.cells.back(), count));
  }

  std::int32_t class_of(const std::string& cell, int column) const {
    const std::string_view text =
        std::string_view(cell).substr(0, cell.ends_with(".0") ? cell.size() - 2 : cell.size());
    std::int32_t label = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
    if (error != std::errc() || end != text.data() + text.size() || label < 0 || label > kMostClasses)
      wrong("a class from 0 on in column " + std::to_string(column), Csv::shown(cell));
    return label;
  }

  // A first column that counts the lines is no feature, unless a name says so.
  void refuse_index() const {
    static const Csv::Cells kNames = {"", "index", "Index", "id", "Id", "ID", "row", "item", "Item"};
    const std::size_t D = static_cast<std::size_t>(D_), n = label_.size();
    if (skipped_ > 0 || D < 2 || n < 3 || std::ranges::find(kNames, name_) == kNames.end()) return;
    for (std::size_t i = 0; i < n; ++i)
      if (x_[i * D] != x_[0] + static_cast<float>(i)) return;
    if (name_.empty() && x_[0] != 0 && x_[0] != 1) return;
    throw DataError(
        path_ + ": column 1: expected a feature, got " + std::to_string(static_cast<int>(x_[0])) + ", " +
        std::to_string(static_cast<int>(x_[D])) +
        ", .., which count the lines as an index does; leave the column out, or name the columns in "
        "a first line if it is a feature");
  }

  [[noreturn]] void wrong(const std::string& expected, const std::string& got) const {
    throw DataError(path_ + ":" + std::to_string(line_) + ": expected " + expected + ", got " + got);
  }

  static constexpr std::int32_t kMostClasses = 1 << 20;

  std::string path_, name_;  // of the first column
  Csv csv_;
  Csv::Cells names_;  // of features and class
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
  if (label.shape != Shape{x.shape[0]} && label.shape == Shape{x.shape[1]})
    throw DataError(path + ": /x: expected [item, feature] with " + std::to_string(x.shape[1]) +
                    " items, as /class has, got " + to_string(x.shape) +
                    ", which looks like feature x item; transpose it");
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
  if (is_csv(path)) return Items(path.string()).read();
  throw DataError(path.string() + ": stimuli: expected a file .csv, .tsv, .txt, .h5 or .hdf5");
}

std::string summary(const Stimuli& items) {
  std::string text = std::to_string(items.items()) + " items, " + std::to_string(items.D) + " features, " +
                     std::to_string(items.K) + " classes";
  if (items.names.size() != static_cast<std::size_t>(items.D) + 1) return text;
  for (int m = 0; m < items.D; ++m)
    text += (m == 0 ? "; features " : ", ") + items.names[static_cast<std::size_t>(m)];
  return text + ", class " + items.names.back();
}

std::string about_equal_items(const Stimuli& items) {
  const auto D = static_cast<std::size_t>(items.D);
  std::map<std::vector<float>, std::size_t> first;
  for (std::size_t i = 0; i < items.x.size() / D; ++i) {
    const auto begin = items.x.begin() + static_cast<std::ptrdiff_t>(i * D);
    const auto [found, fresh] = first.try_emplace({begin, begin + items.D}, i);
    if (fresh) continue;
    const auto& label = items.problems[0].label;
    const std::string both = "items " + std::to_string(found->second) + " and " + std::to_string(i);
    if (label[found->second] != label[i]) return both + " have equal features and different classes";
    return both + " are equal: such items are shown more often than others";
  }
  return "";
}

namespace {

std::vector<float> feature(const Stimuli& items, int m) {
  std::vector<float> values;
  for (std::size_t i = static_cast<std::size_t>(m); i < items.x.size();
       i += static_cast<std::size_t>(items.D))
    values.push_back(items.x[i]);
  return values;
}

std::string name_of(const Stimuli& items, int m) {
  const bool named = items.names.size() == static_cast<std::size_t>(items.D) + 1;
  return "feature " + (named ? items.names[static_cast<std::size_t>(m)] : std::to_string(m + 1));
}

std::string range_of(const std::vector<float>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  return low == high ? number_text(low) : number_text(low) + " to " + number_text(high);
}

}  // namespace

std::string about_ranges(const Stimuli& items) {
  constexpr int kNamed = 5;
  std::string list;
  int found = 0;
  for (int m = 0; m < items.D; ++m) {
    const std::vector<float> values = feature(items, m);
    if (std::ranges::all_of(values, [](float x) { return 0 <= x && x <= 1; })) continue;
    if (++found <= kNamed) list += (list.empty() ? "" : ", ") + name_of(items, m) + " is " + range_of(values);
  }
  if (found == 0) return "";
  return list + (found > kNamed ? " and " + std::to_string(found - kNamed) + " more are so" : "") +
         ": expected 0 to 1, for which places of units, distances and step sizes are made; far beyond it a "
         "stream may learn nothing. Scale features to 0 to 1";
}

std::string about_row_numbers(const Stimuli& items) {
  constexpr std::size_t kFewest = 4;  // of fewer, features on a line look so, too
  for (int m = 0; m < items.D && items.D > 1; ++m) {
    std::vector<float> values = feature(items, m);
    const std::string range = range_of(values);
    std::ranges::sort(values);
    const auto jumps = [](float a, float b) { return b != a + 1; };
    if (values.size() >= kFewest && std::ranges::adjacent_find(values, jumps) == values.end())
      return name_of(items, m) + " numbers the items, " + range + "; leave the column out if it is an index";
  }
  return "";
}

}  // namespace tsd::dual_stream
