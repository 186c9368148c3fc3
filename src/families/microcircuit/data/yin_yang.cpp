#include "families/microcircuit/data/yin_yang.hpp"

#include <cmath>

#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

namespace {

constexpr double kRadius = 0.5, kDot = 0.1;  // of the symbol around (kRadius, kRadius), and of its dots

double distance(double x, double y, double centre_x) {
  const double dx = x - centre_x, dy = y - kRadius;
  return std::sqrt(dx * dx + dy * dy);
}

}  // namespace

// Yin is the upper half of the disk, with the lobe around the left dot and without that around the right one.
Part part_of(double x, double y) {
  const double left = distance(x, y, kRadius / 2), right = distance(x, y, 3 * kRadius / 2);
  if (left < kDot || right < kDot) return Part::dot;
  const bool in_left_lobe = left <= kRadius / 2, in_right_lobe = right <= kRadius / 2;
  return in_left_lobe || (y > kRadius && !in_right_lobe) ? Part::yin : Part::yang;
}

YinYang yin_yang(std::uint32_t seed, std::int64_t samples) {
  NumpyLegacy generator(seed);
  YinYang drawn;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const auto part = static_cast<Part>(generator.randint(0, kParts));
    double x, y;
    do {
      x = 2 * kRadius * generator.random_sample();
      y = 2 * kRadius * generator.random_sample();
    } while (distance(x, y, kRadius) > kRadius || part_of(x, y) != part);
    drawn.input.insert(drawn.input.end(), {x, y, 1 - x, 1 - y});
    drawn.part.push_back(static_cast<std::int64_t>(part));
  }
  return drawn;
}

}  // namespace tsd::microcircuit
