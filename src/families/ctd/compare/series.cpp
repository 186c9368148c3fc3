#include "families/ctd/compare/series.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::compare {

Series read_series(const Hdf5Reader& file, const std::string& source, const std::string& dataset) {
  const Array array = file.dataset(dataset);
  if (array.shape.size() != 3)
    throw DataError(source + ": " + dataset + ": expected trial, time and column, got shape " +
                    to_string(array.shape));
  return {array.shape[0], array.shape[1], static_cast<int>(array.shape[2]), numbers_as<float>(array)};
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
