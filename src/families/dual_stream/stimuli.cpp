#include "families/dual_stream/stimuli.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::dual_stream {

namespace {

// Class of the items 000, 001, .. 111 by type.
constexpr std::array<std::array<std::int32_t, 8>, 6> kShj = {{{0, 0, 0, 0, 1, 1, 1, 1},
                                                              {0, 0, 1, 1, 1, 1, 0, 0},
                                                              {1, 1, 1, 0, 0, 1, 0, 0},
                                                              {1, 1, 1, 0, 1, 0, 0, 0},
                                                              {1, 1, 1, 0, 0, 0, 0, 1},
                                                              {1, 0, 0, 1, 0, 1, 1, 0}}};

// Drawn by the original, means (0.35, 0.70) and (0.65, 0.50); class 1 from the 51st item on.
constexpr std::array<float, 200> kGaussian = {
    0.29f, 0.76f, 0.35f, 0.64f, 0.39f, 0.69f, 0.28f, 0.51f, 0.19f, 0.65f, 0.38f, 0.74f, 0.47f, 0.74f, 0.34f,
    0.75f, 0.31f, 0.78f, 0.29f, 0.60f, 0.39f, 0.67f, 0.47f, 0.68f, 0.13f, 0.69f, 0.40f, 0.61f, 0.39f, 0.70f,
    0.28f, 0.69f, 0.54f, 0.74f, 0.31f, 0.67f, 0.38f, 0.75f, 0.22f, 0.69f, 0.35f, 0.70f, 0.25f, 0.68f, 0.43f,
    0.72f, 0.29f, 0.68f, 0.35f, 0.74f, 0.30f, 0.67f, 0.40f, 0.78f, 0.24f, 0.61f, 0.43f, 0.88f, 0.33f, 0.75f,
    0.16f, 0.63f, 0.36f, 0.77f, 0.47f, 0.75f, 0.37f, 0.75f, 0.28f, 0.82f, 0.41f, 0.80f, 0.19f, 0.70f, 0.36f,
    0.78f, 0.30f, 0.74f, 0.31f, 0.70f, 0.40f, 0.64f, 0.25f, 0.65f, 0.43f, 0.86f, 0.20f, 0.67f, 0.18f, 0.56f,
    0.33f, 0.81f, 0.43f, 0.76f, 0.29f, 0.67f, 0.34f, 0.69f, 0.44f, 0.78f, 0.45f, 0.62f, 0.67f, 0.54f, 0.71f,
    0.41f, 0.71f, 0.58f, 0.70f, 0.35f, 0.62f, 0.54f, 0.75f, 0.35f, 0.73f, 0.41f, 0.57f, 0.48f, 0.62f, 0.50f,
    0.59f, 0.49f, 0.67f, 0.54f, 0.51f, 0.56f, 0.63f, 0.59f, 0.55f, 0.59f, 0.45f, 0.60f, 0.60f, 0.54f, 0.72f,
    0.53f, 0.69f, 0.51f, 0.80f, 0.41f, 0.86f, 0.56f, 0.66f, 0.52f, 0.72f, 0.40f, 0.87f, 0.42f, 0.62f, 0.46f,
    0.51f, 0.55f, 0.67f, 0.49f, 0.61f, 0.48f, 0.75f, 0.50f, 0.71f, 0.39f, 0.68f, 0.47f, 0.67f, 0.49f, 0.60f,
    0.56f, 0.66f, 0.46f, 0.59f, 0.46f, 0.67f, 0.54f, 0.55f, 0.52f, 0.73f, 0.37f, 0.71f, 0.50f, 0.67f, 0.45f,
    0.68f, 0.43f, 0.54f, 0.54f, 0.55f, 0.53f, 0.63f, 0.48f, 0.56f, 0.68f, 0.59f, 0.56f, 0.52f, 0.46f, 0.60f,
    0.58f, 0.63f, 0.52f, 0.56f, 0.54f,
};

void check_classes(const std::string& source, const std::vector<std::int32_t>& label) {
  const auto [low, high] = std::ranges::minmax(label);
  if (low != 0 || high < 1)
    throw DataError(source + ": classes: expected 0 to K - 1 with K of at least 2, got " +
                    std::to_string(low) + " to " + std::to_string(high));
  for (std::int32_t k = 0; k <= high; ++k)
    if (std::ranges::find(label, k) == label.end())
      throw DataError(source + ": classes: expected items of every class from 0 to " + std::to_string(high) +
                      ", got none of class " + std::to_string(k));
}

Stimuli of_file(const std::string& source, int D, std::vector<float> x, std::vector<std::int32_t> label) {
  check_classes(source, label);
  const int K = std::ranges::max(label) + 1;
  return {D, K, std::move(x), {{"stimuli", std::move(label)}}};
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream parts(line);
  for (std::string cell; std::getline(parts, cell, ',');) {
    const auto first = cell.find_first_not_of(" \t\r"), last = cell.find_last_not_of(" \t\r");
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  if (!line.empty() && line.back() == ',') cells.emplace_back();
  return cells;
}

bool is_number(const std::string& cell, float& value) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size();
}

class Csv {
 public:
  explicit Csv(std::string path) : path_(std::move(path)) {}

  Stimuli read() {
    std::istringstream lines(read_text(path_, 1 << 28));
    for (std::string line; std::getline(lines, line);) {
      ++number_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const auto cells = cells_of(line);
      float value;
      if (number_ == 1 && std::ranges::none_of(cells, [&](const auto& c) { return is_number(c, value); }))
        continue;
      add(cells);
    }
    if (label_.empty()) throw DataError(path_ + ": expected a line per item, got none");
    return of_file(path_, D_, std::move(x_), std::move(label_));
  }

 private:
  void add(const std::vector<std::string>& cells) {
    const int D = static_cast<int>(cells.size()) - 1;
    if (D_ == 0) D_ = D;
    if (D < 1 || D != D_)
      wrong(D_ < 1 ? "at least one feature and the class" : std::to_string(D_ + 1) + " values",
            std::to_string(cells.size()));
    for (int m = 0; m < D; ++m) {
      float value;
      if (!is_number(cells[static_cast<std::size_t>(m)], value) || !std::isfinite(value))
        wrong("a finite number in column " + std::to_string(m + 1),
              shown(cells[static_cast<std::size_t>(m)]));
      x_.push_back(value);
    }
    std::int32_t label = -1;
    const std::string& last = cells.back();
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), label);
    if (error != std::errc() || end != last.data() + last.size() || label < 0)
      wrong("a class from 0 on in column " + std::to_string(D + 1), shown(last));
    label_.push_back(label);
  }

  static std::string shown(const std::string& cell) { return cell.empty() ? "nothing" : cell; }
  [[noreturn]] void wrong(const std::string& expected, const std::string& got) const {
    throw DataError(path_ + ":" + std::to_string(number_) + ": expected " + expected + ", got " + got);
  }

  std::string path_;
  int number_ = 0, D_ = 0;
  std::vector<float> x_;
  std::vector<std::int32_t> label_;
};

template <class To, class From>
std::vector<To> converted(const Array& array) {
  const auto values = array.as<From>();
  return {values.begin(), values.end()};
}

template <class To>
std::vector<To> numbers(const Array& array) {
  switch (array.dtype) {
    case DType::u8:
      return converted<To, std::uint8_t>(array);
    case DType::i32:
      return converted<To, std::int32_t>(array);
    case DType::i64:
      return converted<To, std::int64_t>(array);
    case DType::u64:
      return converted<To, std::uint64_t>(array);
    case DType::f32:
      return converted<To, float>(array);
    case DType::f64:
      return converted<To, double>(array);
  }
  return {};
}

Stimuli read_hdf5(const std::string& path) {
  const Hdf5Reader file(path);
  const Array x = file.dataset("/x"), label = file.dataset("/class");
  if (x.shape.size() != 2 || x.shape[0] < 1 || x.shape[1] < 1)
    throw DataError(path + ": /x: expected [item, feature], got " + to_string(x.shape));
  if (label.shape != Shape{x.shape[0]})
    throw DataError(path + ": /class: expected " + to_string({x.shape[0]}) + ", got " +
                    to_string(label.shape));
  std::vector<float> values = numbers<float>(x);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw DataError(path + ": /x: expected finite numbers, got " + std::to_string(values[i]) +
                      " for item " + std::to_string(static_cast<std::int64_t>(i) / x.shape[1]));
  return of_file(path, static_cast<int>(x.shape[1]), std::move(values), numbers<std::int32_t>(label));
}

}  // namespace

Stimuli shj(const std::vector<int>& types) {
  Stimuli s{3, 2, {}, {}};
  for (int item = 0; item < 8; ++item)
    for (const int bit : {4, 2, 1}) s.x.push_back((item & bit) != 0 ? 1.0f : 0.0f);
  for (const int type : types) {
    const auto& label = kShj[static_cast<std::size_t>(type - 1)];
    s.problems.push_back({"type" + std::to_string(type), {label.begin(), label.end()}});
  }
  return s;
}

Stimuli new_stimuli() {
  Stimuli s{2, 2, {kGaussian.begin(), kGaussian.end()}, {{"new_stimuli", {}}}};
  for (int item = 0; item < 100; ++item) s.problems[0].label.push_back(item < 50 ? 0 : 1);
  return s;
}

Stimuli read_stimuli(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".h5" || extension == ".hdf5") return read_hdf5(path.string());
  if (extension == ".csv") return Csv(path.string()).read();
  throw DataError(path.string() + ": stimuli: expected a file .csv, .h5 or .hdf5");
}

}  // namespace tsd::dual_stream
