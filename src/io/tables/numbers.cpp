#include "tsd/io/numbers.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"

namespace tsd {

std::vector<double> finite_values(const Array& array, const std::string& where) {
  const auto values = numbers_as<double>(array);
  const auto bad = std::ranges::find_if(values, [](double v) { return !std::isfinite(v); });
  if (bad != values.end())
    throw DataError(where + ": element " + std::to_string(bad - values.begin()) +
                    ": expected a finite number, got " + std::to_string(*bad));
  return values;
}

}  // namespace tsd
