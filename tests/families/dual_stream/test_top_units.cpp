#include <algorithm>
#include <numeric>
#include <vector>

#include "families/dual_stream/top_units.hpp"
#include "support/catch.hpp"

namespace tsd::dual_stream {

namespace {

std::vector<int> units_of(const std::vector<Scored>& all) {
  std::vector<int> units;
  for (const Scored& s : all) units.push_back(s.unit);
  return units;
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
  queue.resize(k);
  CHECK(units_of(top_units(active, of_active, N, k, false)) == units_of(queue));
}

TEST_CASE("dual stream: fewer active units than winners; the lowest index first where asked for",
          "[dual_stream]") {
  const std::vector<int> units = {5, 70, 90};
  const std::vector<float> a = {0.5f, 0, 0.5f};
  CHECK(units_of(top_units(units, a, 640, 10, true)) == std::vector<int>{5, 90});
  CHECK(top_units(units, a, 640, 10, false).size() == 2);
}

}  // namespace tsd::dual_stream
