#include "families/compare/series.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"

namespace tsd::compare {

Series read_series(const Hdf5Reader& file, const std::string& source, const std::string& dataset) {
  const Array array = file.dataset(dataset);
  if (array.shape.size() != 3)
    throw DataError(source + ": " + dataset + ": expected trial, time and column, got shape " +
                    to_string(array.shape));
  Series s{array.shape[0], array.shape[1], static_cast<int>(array.shape[2]), {}};
  s.values.resize(static_cast<std::size_t>(count(array.shape)));
  const auto fill = [&](auto values) {
    std::transform(values.begin(), values.end(), s.values.begin(),
                   [](auto x) { return static_cast<float>(x); });
  };
  switch (array.dtype) {
    case DType::f32:
      fill(array.as<float>());
      break;
    case DType::f64:
      fill(array.as<double>());
      break;
    case DType::i64:
      fill(array.as<std::int64_t>());
      break;
    case DType::i32:
      fill(array.as<std::int32_t>());
      break;
    case DType::u64:
      fill(array.as<std::uint64_t>());
      break;
    case DType::u8:
      fill(array.as<std::uint8_t>());
      break;
  }
  return s;
}

Rows counted(const Series& series, const std::vector<std::int64_t>& lengths) {
  Rows rows{series.values, series.width, {}};
  if (std::ranges::all_of(lengths, [&](std::int64_t n) { return n >= series.steps; })) return rows;
  for (std::int64_t i = 0; i < series.trials; ++i) {
    const float* first = series.row(i * series.steps);
    rows.own.insert(rows.own.end(), first, first + lengths[static_cast<std::size_t>(i)] * series.width);
  }
  rows.values = rows.own;
  return rows;
}

std::string not_finite(const Series& s) {
  const auto bad = std::ranges::find_if(s.values, [](float x) { return !std::isfinite(x); });
  if (bad == s.values.end()) return "";
  const std::int64_t at = bad - s.values.begin(), row = at / s.width;
  return "trial " + std::to_string(row / s.steps) + ", step " + std::to_string(row % s.steps) + ", column " +
         std::to_string(at % s.width);
}

}  // namespace tsd::compare
