#include "families/dual_stream/top_units.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tsd::dual_stream {

namespace {

bool before(const Scored& x, const Scored& y) {  // NaN counts as largest
  return (std::isnan(x.activation) && !std::isnan(y.activation)) || x.activation > y.activation;
}

}  // namespace

std::vector<Scored> top_units(std::span<const int> units, std::span<const float> a, int N, int k,
                              bool lowest_first) {
  const bool sorts_partially = std::int64_t{k} * 64 <= N;
  // A partial sort begins with a heap of the first k entries, which no 0 displaces: the zeros behind them
  // need not be there.
  std::vector<Scored> queue;
  const int zeros = lowest_first ? 0 : sorts_partially ? k : N;
  for (int j = 0; j < zeros; ++j) queue.push_back({0, j});
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i] < zeros)
      queue[static_cast<std::size_t>(units[i])].activation = a[i];
    else
      queue.push_back({a[i], units[i]});
  }
  const auto count = std::min<std::ptrdiff_t>(k, std::ssize(queue));
  if (lowest_first) {
    std::stable_sort(queue.begin(), queue.end(), before);
  } else if (sorts_partially) {
    std::partial_sort(queue.begin(), queue.begin() + count, queue.end(), before);
  } else if (count > 0) {
    std::nth_element(queue.begin(), queue.begin() + count - 1, queue.end(), before);
    std::sort(queue.begin(), queue.begin() + count - 1, before);
  }
  queue.resize(static_cast<std::size_t>(count));
  std::erase_if(queue, [](const Scored& s) { return s.activation == 0; });
  return queue;
}

}  // namespace tsd::dual_stream
