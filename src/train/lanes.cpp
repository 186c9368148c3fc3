#include "tsd/train/lanes.hpp"

#include <algorithm>

namespace tsd::train {

std::vector<Part> divided(std::size_t count, std::size_t lanes, int threads) {
  const auto ceil_of = [](std::size_t a, std::size_t b) { return (a + b - 1) / b; };
  const auto workers = static_cast<std::size_t>(std::max(1, threads));
  const std::size_t groups = std::min(count, ceil_of(ceil_of(count, lanes), workers) * workers);
  std::vector<Part> parts;
  for (std::size_t g = 0; g < groups; ++g) parts.push_back({count * g / groups, count * (g + 1) / groups});
  return parts;
}

}  // namespace tsd::train
