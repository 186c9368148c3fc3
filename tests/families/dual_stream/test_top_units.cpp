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

namespace {

// 200 units with five activations in turn, and what the ways of sorting find: partially (10,000 units) or not (1000).
struct Tied {
  explicit Tied(int N) : N(N) {
    for (int j = 0; j < 200; ++j) {
      units.push_back(5 * j);
      a.push_back(static_cast<float>(1 + j * j % 5) / 8);
    }
  }
  std::vector<Scored> tops(const std::vector<float>& activations) const {
    std::vector<Scored> top;
    top_units(units, activations, N, 50, false, top);
    return top;
  }
  FoundTop noted(const std::vector<float>& activations) const {
    FoundTop found;
    found.note(activations, tops(activations));
    return found;
  }

  int N;
  std::vector<int> units;
  std::vector<float> a;
};

}  // namespace

TEST_CASE("dual stream: what was found holds for the same order", "[dual_stream]") {
  const Tied tied(GENERATE(10000, 1000));
  std::vector<float> other = tied.a;
  for (float& value : other) value = value * value;
  std::vector<Scored> top;
  REQUIRE(tied.noted(tied.a).again(other, top));
  const std::vector<Scored> expected = tied.tops(other);
  REQUIRE(top.size() == expected.size());
  for (std::size_t i = 0; i < top.size(); ++i) {
    CHECK(top[i].at == expected[i].at);
    CHECK(top[i].activation == expected[i].activation);
  }
}

// One activation of a few falls between two others, onto one of them, to 0, or is no number: the order is then another.
TEST_CASE("dual stream: what was found holds for no other order", "[dual_stream]") {
  const Tied tied(10000);
  const FoundTop found = tied.noted(tied.a);
  std::vector<Scored> top;
  REQUIRE(found.again(tied.a, top));
  CHECK_FALSE(FoundTop().again(tied.a, top));
  for (const float value : {tied.a[40] * 1.01f, tied.a[41], 0.0f, NAN}) {
    std::vector<float> other = tied.a;
    other[40] = value;
    CHECK_FALSE(found.again(other, top));
  }
  CHECK_FALSE(found.again(std::vector<float>(200, 0.0f), top));
  CHECK_FALSE(found.again(std::vector<float>(tied.a.begin(), tied.a.end() - 1), top));  // a unit less
}

// Of 0, of what is no number, and of more ranks than are counted; what was noted before is gone.
TEST_CASE("dual stream: an order that is not kept is found by no other, nor by itself", "[dual_stream]") {
  const Tied tied(10000);
  std::vector<std::vector<float>> not_kept(3, tied.a);
  not_kept[0][40] = 0;
  not_kept[1][40] = NAN;
  for (std::size_t j = 0; j < 200; ++j) not_kept[2][j] = static_cast<float>(200 - j);
  for (const std::vector<float>& other : not_kept) {
    FoundTop found = tied.noted(tied.a);
    std::vector<Scored> top;
    REQUIRE(found.again(tied.a, top));
    found.note(other, tied.tops(other));
    CHECK_FALSE(found.again(other, top));
    CHECK_FALSE(found.again(tied.a, top));
  }
}

}  // namespace tsd::dual_stream
