#include "families/dual_stream/model/top_units.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tsd::dual_stream {

namespace {

constexpr int kNone = -1;
constexpr std::size_t kMostRanks = 16;  // beyond, ties are few and orders change

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

void FoundTop::note(std::span<const float> a, const std::vector<Scored>& top) {
  first_.clear();
  rank_.clear();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto rank =
        std::ranges::find(first_, a[i], [&](int unit) { return a[static_cast<std::size_t>(unit)]; });
    rank_.push_back(static_cast<std::uint8_t>(rank - first_.begin()));
    if (rank != first_.end()) continue;
    if (!(a[i] > 0) || first_.size() == kMostRanks) {
      first_.clear();
      rank_.clear();
      return;
    }
    first_.push_back(static_cast<int>(i));
  }
  const auto larger = [&](int x, int y) {
    return a[static_cast<std::size_t>(x)] > a[static_cast<std::size_t>(y)];
  };
  std::vector<int> sorted = first_;
  std::ranges::sort(sorted, larger);
  std::vector<std::uint8_t> place(sorted.size());
  for (std::size_t r = 0; r < sorted.size(); ++r)
    place[rank_[static_cast<std::size_t>(sorted[r])]] = static_cast<std::uint8_t>(r);
  for (std::uint8_t& rank : rank_) rank = place[rank];
  first_ = std::move(sorted);
  top_.clear();
  for (const Scored& s : top) top_.push_back(s.at);
}

// Units that are not given have 0, which the others are above.
bool FoundTop::same_order(std::span<const float> a) const {
  if (first_.empty() || a.size() != rank_.size()) return false;
  float value[kMostRanks];
  for (std::size_t r = 0; r < first_.size(); ++r) {
    value[r] = a[static_cast<std::size_t>(first_[r])];
    if (r > 0 && !(value[r - 1] > value[r])) return false;
  }
  if (!(value[first_.size() - 1] > 0)) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != value[rank_[i]]) return false;
  return true;
}

bool FoundTop::again(std::span<const float> a, std::vector<Scored>& top) const {
  if (!same_order(a)) return false;
  top.clear();
  for (const int at : top_) top.push_back({a[static_cast<std::size_t>(at)], at});
  return true;
}

}  // namespace tsd::dual_stream
