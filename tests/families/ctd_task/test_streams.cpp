// ctd_task.md 11.1
#include "support/catch.hpp"
#include "tsd/engine/rng/numpy_generator.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd {
namespace {

using Integers = std::vector<std::int64_t>;

template <class Draw>
Integers draws(int n, const Draw& draw) {
  Integers all;
  for (int i = 0; i < n; ++i) all.push_back(draw());
  return all;
}
Integers first(const Integers& all, std::size_t n) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)};
}
Integers ones(NumpyGenerator& generator) {
  return draws(12, [&] { return generator.poisson(1); });
}

}  // namespace

TEST_CASE("ctd streams: the legacy stream", "[ctd_task]") {
  NumpyLegacy s(0);
  for (const double expected : {0.5488135039, 0.7151893664, 0.6027633761})
    CHECK(s.random_sample() == Approx(expected).margin(5e-11));
  s.seed(0);
  for (const double expected : {1.76405235, 0.40015721, 0.97873798})
    CHECK(s.gauss() == Approx(expected).margin(5e-9));
  s.seed(0);
  CHECK(draws(5, [&] { return s.randint(15, 35); }) == Integers{27, 30, 15, 18, 18});
  s.seed(0);
  CHECK(draws(8, [&] { return 2 * s.randint(0, 2) - 1; }) == Integers{-1, 1, 1, -1, 1, 1, 1, 1});
  s.seed(0);
  const double p[] = {0.8, 0.2};
  CHECK(draws(8, [&] { return s.choice(p); }) == Integers{0, 0, 0, 0, 0, 0, 0, 1});
  s.seed(0);
  CHECK(s.uniform(0.8, 1.2) == Approx(1.01952540157).margin(5e-12));
  s.seed(0);
  CHECK(s.permutation(10) == Integers{2, 8, 4, 9, 1, 6, 7, 3, 0, 5});
  s.seed(0);
  CHECK(s.permutation(15) == Integers{1, 6, 8, 9, 14, 4, 2, 13, 10, 7, 11, 3, 0, 5, 12});
  s.seed(0);
  CHECK(s.randint(0, 32) == 12);
  CHECK(s.uniform(90, 270) == Approx(196.7120312805033).epsilon(1e-15));
  CHECK(s.gauss() == Approx(0.11849646073740812).epsilon(1e-14));
  CHECK(s.randint(0, 2) == 1);  // of {True, False}
  CHECK(s.gauss() == Approx(0.11396779497090676).epsilon(1e-14));
}

TEST_CASE("ctd streams: the generator", "[ctd_task]") {
  CHECK(NumpyGenerator(0).random() == Approx(0.6369616873214543).epsilon(1e-15));
  CHECK(NumpyGenerator(0).permutation(10) == Integers{4, 6, 2, 7, 3, 5, 9, 0, 8, 1});
  CHECK(NumpyGenerator(42).permutation(10) == Integers{5, 6, 0, 7, 3, 2, 4, 9, 1, 8});
  NumpyGenerator g(0);
  CHECK(first(g.permutation(64), 12) == Integers{16, 36, 27, 8, 44, 23, 53, 4, 58, 50, 10, 2});
  CHECK(ones(g) == Integers{1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0});
  g.seed(0);
  g.permutation(64);
  CHECK(g.random() == Approx(0.8764842308).margin(5e-11));
  g.seed(0);
  CHECK(first(g.permutation(128), 8) == Integers{125, 53, 102, 34, 121, 117, 66, 74});
  CHECK(ones(g) == Integers{1, 3, 3, 3, 3, 0, 2, 1, 1, 2, 1, 2});
  g.seed(0);
  g.permutation(128);
  CHECK(g.random() == Approx(0.7857857007).margin(5e-11));
  g.seed(0);
  CHECK(ones(g) == Integers{1, 0, 0, 3, 3, 1, 1, 2, 1, 0, 2, 3});
  CHECK(draws(6, [&] { return g.poisson(12); }) == Integers{14, 11, 14, 10, 10, 10});
  g.seed(0);
  Integers stacked;
  while (stacked.size() < 60)
    for (const auto unit : g.permutation(3)) stacked.push_back(unit);
  CHECK(first(stacked, 20) == Integers{2, 0, 1, 2, 1, 0, 2, 0, 1, 1, 2, 0, 0, 2, 1, 0, 2, 1, 0, 2});
}

// np.random.seed(0); np.random.poisson(1, 8), np.random.poisson(12, 5), in NumPy 2
TEST_CASE("ctd streams: Poisson numbers of the legacy stream", "[ctd_task]") {
  NumpyLegacy s(0);
  CHECK(draws(8, [&] { return s.poisson(1); }) == Integers{2, 1, 1, 2, 2, 1, 0, 0});
  CHECK(draws(5, [&] { return s.poisson(12); }) == Integers{15, 15, 13, 19, 11});
}

}  // namespace tsd
