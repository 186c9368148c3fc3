#include "families/dual_stream/model/top_units.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tsd::dual_stream {

namespace {

constexpr int kNone = -1;

template <class Before>
void keep_first(std::vector<Scored>& queue, int k, bool sorts_partially, bool lowest_first,
                const Before& before) {
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
}

}  // namespace

void top_units(std::span<const int> units, std::span<const float> a, int N, int k, bool lowest_first,
               std::vector<Scored>& top) {
  const bool sorts_partially = std::int64_t{k} * 64 <= N;
  // A partial sort begins with a heap of the first k entries, which no 0 displaces: the zeros behind them
  // need not be there.
  const int zeros = lowest_first ? 0 : sorts_partially ? k : N;
  top.reserve(static_cast<std::size_t>(zeros) + units.size());
  top.assign(static_cast<std::size_t>(zeros), {0, kNone});
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Scored scored{a[i], static_cast<int>(i)};
    if (units[i] < zeros)
      top[static_cast<std::size_t>(units[i])] = scored;
    else
      top.push_back(scored);
  }
  const auto larger = [](const Scored& x, const Scored& y) { return x.activation > y.activation; };
  const auto larger_or_nan = [](const Scored& x, const Scored& y) {
    return (std::isnan(x.activation) && !std::isnan(y.activation)) || x.activation > y.activation;
  };
  if (std::ranges::any_of(a, [](float value) { return std::isnan(value); }))
    keep_first(top, k, sorts_partially, lowest_first, larger_or_nan);
  else
    keep_first(top, k, sorts_partially, lowest_first, larger);
  std::erase_if(top, [](const Scored& s) { return s.activation == 0; });
}

}  // namespace tsd::dual_stream
