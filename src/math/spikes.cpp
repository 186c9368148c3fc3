#include "tsd/math/spikes.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace tsd::math {

double bits_per_spike(std::span<const float> rates, std::span<const float> spikes, int neurons, int first,
                      int last) {
  const auto width = static_cast<std::size_t>(neurons), begin = static_cast<std::size_t>(first),
             end = static_cast<std::size_t>(last);
  std::vector<double> mean(width), known(width);
  for (std::size_t k = 0; k < spikes.size(); ++k)
    if (!std::isnan(spikes[k])) mean[k % width] += spikes[k], ++known[k % width];
  for (std::size_t n = 0; n < width; ++n) mean[n] /= known[n];
  double gain = 0, total = 0;
  for (std::size_t row = 0; row < spikes.size(); row += width)
    for (std::size_t n = begin; n < end; ++n) {
      const double y = spikes[row + n], rate = rates[row + n];
      if (std::isnan(y)) continue;
      gain += mean[n] - rate;
      if (y > 0) gain += y * (std::log(rate) - std::log(mean[n] + 1e-8));
      total += y;
    }
  const double bits = gain / (total * std::numbers::ln2);
  return std::isfinite(bits) ? bits : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tsd::math
