#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "families/dual_stream/model/top_units.hpp"
#include "support/catch.hpp"

namespace tsd::dual_stream {

namespace {

std::vector<int> best(const std::vector<int>& units, const std::vector<float>& a, int N, int k,
                      bool lowest_first) {
  std::vector<Scored> top;
  top_units(units, a, N, k, lowest_first, top);
  std::vector<int> found;
  for (const Scored& s : top) found.push_back(units[static_cast<std::size_t>(s.at)]);
  return found;
}

}  // namespace

TEST_CASE("dual stream: the zeros that are left out of a partial sort change nothing", "[dual_stream]") {
  constexpr int N = 640, k = 10;
  std::vector<float> a(N);
  std::vector<int> every(N), active;
  std::iota(every.begin(), every.end(), 0);
  for (int j = 3; j < N; j += 7) {
    a[static_cast<std::size_t>(j)] = static_cast<float>(1 + j % 5) / 8;  // many ties
    active.push_back(j);
  }
  std::vector<float> of_active;
  for (const int j : active) of_active.push_back(a[static_cast<std::size_t>(j)]);
  std::vector<Scored> queue;
  for (const int j : every) queue.push_back({a[static_cast<std::size_t>(j)], j});
  std::partial_sort(queue.begin(), queue.begin() + k, queue.end(),
                    [](const Scored& x, const Scored& y) { return x.activation > y.activation; });
  std::vector<int> expected;
  for (int i = 0; i < k; ++i) expected.push_back(queue[static_cast<std::size_t>(i)].at);
  CHECK(best(active, of_active, N, k, false) == expected);
}

TEST_CASE("dual stream: fewer active units than winners; the lowest index first where asked for",
          "[dual_stream]") {
  const std::vector<int> units = {5, 70, 90};
  const std::vector<float> a = {0.5f, 0, 0.5f};
  CHECK(best(units, a, 640, 10, true) == std::vector<int>{5, 90});
  CHECK(best(units, a, 640, 10, false).size() == 2);
}

TEST_CASE("dual stream: NaN counts as the largest activation", "[dual_stream]") {
  CHECK(best({5, 70, 90}, {0.5f, 0.7f, NAN}, 640, 2, true) == std::vector<int>{90, 70});
  CHECK(best({5, 70, 90}, {0.5f, 0.7f, NAN}, 640, 2, false) == std::vector<int>{90, 70});
}

}  // namespace tsd::dual_stream
