// Streams against NumPy 2, CPython 3.11 and torch 2.13; nback.md 11.1 and ctd-task.md 11.1.
#include <vector>

#include "support/catch.hpp"
#include "tsd/engine/rng/numpy_generator.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/rng/python_random.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using Integers = std::vector<std::int64_t>;

namespace {
template <class F>
Integers times(int n, F&& draw) {
  Integers values;
  for (int i = 0; i < n; ++i) values.push_back(static_cast<std::int64_t>(draw()));
  return values;
}
}  // namespace

TEST_CASE("rng: Python's random, seed 42", "[rng]") {
  PythonRandom r(42);
  CHECK(r.random() == 0.6394267984578837);
  CHECK(r.random() == 0.025010755222666936);
  CHECK(r.random() == 0.27502931836911926);
  r.seed(42);
  CHECK(times(8, [&] { return r.below(320); }) == Integers{57, 12, 140, 125, 114, 71, 52, 279});
  r.seed(42);
  CHECK(r.sample(100, 10) == Integers{81, 14, 3, 94, 35, 31, 28, 17, 13, 86});             // from a pool
  CHECK(r.sample(1000, 10) == Integers{758, 913, 558, 89, 604, 432, 32, 30, 95, 223});  // from a set
}

TEST_CASE("rng: Mersenne Twister words after a seed of one and of two words", "[rng]") {
  Mt19937 mt;
  const std::uint32_t one[] = {42};
  mt.seed_by_array(one);
  CHECK(times(4, [&] { return mt.next(); }) == Integers{2746317213, 478163327, 107420369, 3184935163});
  const std::uint64_t seed = 2251788474942467505u;
  const std::uint32_t two[] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  mt.seed_by_array(two);
  CHECK(times(4, [&] { return mt.next(); }) == Integers{1826685176, 3107162151, 378733456, 2969424663});
}

TEST_CASE("rng: NumPy's legacy stream, seed 0", "[rng]") {
  NumpyLegacy r(0);
  CHECK(r.random_sample() == Approx(0.5488135039).epsilon(1e-10));
  CHECK(r.random_sample() == Approx(0.7151893664).epsilon(1e-10));
  r.seed(0);
  CHECK(r.gauss() == Approx(1.76405235).epsilon(1e-8));
  CHECK(r.gauss() == Approx(0.40015721).epsilon(1e-8));
  CHECK(r.gauss() == Approx(0.97873798).epsilon(1e-8));
  r.seed(0);
  CHECK(times(5, [&] { return r.randint(15, 35); }) == Integers{27, 30, 15, 18, 18});
  r.seed(0);
  CHECK(r.permutation(10) == Integers{2, 8, 4, 9, 1, 6, 7, 3, 0, 5});
  r.seed(0);
  const double p[] = {0.8, 0.2};
  CHECK(times(8, [&] { return r.choice(p); }) == Integers{0, 0, 0, 0, 0, 0, 0, 1});
  r.seed(0);  // the cached Gaussian outlives other draws
  CHECK(r.randint(0, 32) == 12);
  CHECK(r.uniform(90, 270) == Approx(196.7120312805033).epsilon(1e-15));
  CHECK(r.gauss() == Approx(0.11849646073740812).epsilon(1e-14));
  CHECK(r.randint(0, 2) == 1);
  CHECK(r.gauss() == Approx(0.11396779497090676).epsilon(1e-14));
}

TEST_CASE("rng: NumPy's Generator, seed 0", "[rng]") {
  NumpyGenerator r(0);
  CHECK(r.random() == 0.6369616873214543);
  r.seed(0);
  CHECK(r.permutation(10) == Integers{4, 6, 2, 7, 3, 5, 9, 0, 8, 1});
  r.seed(42);
  CHECK(r.permutation(10) == Integers{5, 6, 0, 7, 3, 2, 4, 9, 1, 8});
  r.seed(0);
  CHECK(times(12, [&] { return r.poisson(1); }) == Integers{1, 0, 0, 3, 3, 1, 1, 2, 1, 0, 2, 3});
  CHECK(times(6, [&] { return r.poisson(12); }) == Integers{14, 11, 14, 10, 10, 10});
  r.seed(0);
  r.permutation(64);
  CHECK(times(12, [&] { return r.poisson(1); }) == Integers{1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0});
  r.seed(0);
  r.permutation(128);
  CHECK(r.random() == Approx(0.7857857007).epsilon(1e-9));
}

TEST_CASE("rng: torch's CPU generator, seed 0", "[rng]") {
  TorchGenerator r(0);
  std::vector<float> f(20);
  r.uniform(std::span(f).first(3));
  CHECK(f[0] == 0.49625659f);
  CHECK(f[1] == 0.768221796f);
  CHECK(f[2] == 0.0884774327f);
  r.seed(0);
  r.normal(std::span(f).first(5));
  CHECK(f[0] == 1.54099607f);
  CHECK(f[1] == -0.293428898f);
  CHECK(f[4] == -1.08452237f);
  r.seed(0);
  r.normal(f);
  CHECK(f[0] == -1.12583983f);
  CHECK(f[6] == -0.34136039f);
  CHECK(f[19] == 0.0537369028f);
  std::vector<double> d(20);
  r.seed(0);
  r.normal(d);
  CHECK(d[0] == Approx(-2.310411800234176).epsilon(1e-15));
  CHECK(d[3] == Approx(0.99950935478117608).epsilon(1e-15));
  CHECK(d[19] == Approx(-0.74989152283919414).epsilon(1e-15));
  r.seed(0);
  CHECK(r.randperm(10) == Integers{4, 1, 7, 5, 3, 9, 0, 8, 6, 2});
  r.seed(0);
  Integers i(5);
  r.randint(i, 0, 100);
  CHECK(i == Integers{44, 39, 33, 60, 63});
  r.seed(0);
  r.bernoulli(std::vector<float>(10, 0.3f), std::span(f).first(10));
  CHECK(std::vector<float>(f.begin(), f.begin() + 10) == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0, 0, 0});
}

// Known answers of the Random123 distribution.
TEST_CASE("rng: Philox4x32-10 known answers", "[rng]") {
  const Philox zero(std::array<std::uint32_t, 2>{0, 0});
  CHECK(zero.block(0) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const Philox ones(std::array<std::uint32_t, 2>{0xffffffff, 0xffffffff});
  CHECK(ones.block(~0ull, ~0ull) == std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  const Philox pi(std::array<std::uint32_t, 2>{0xa4093822, 0x299f31d0});
  CHECK(pi.block(0x85a308d3243f6a88, 0x0370734413198a2e) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

namespace {
// Saves after k draws of every kind and goes on in another generator.
template <class R, class F>
void check_resume(F&& draw) {
  for (int k = 0; k < 7; ++k) {
    R original(3), other(99);
    for (int i = 0; i < k; ++i) draw(original);
    other.load(original.save("rng"));
    for (int i = 0; i < 700; ++i) REQUIRE(draw(original) == draw(other));
  }
  R any(1);
  CHECK_THROWS_AS(any.load(make_array<std::uint64_t>("rng", std::vector<std::uint64_t>{1, 2, 3})), DataError);
}
}  // namespace

TEST_CASE("rng: every generator goes on from its saved state, cached values included", "[rng]") {
  check_resume<PythonRandom>([](auto& r) { return r.random(); });
  check_resume<NumpyLegacy>([](auto& r) { return r.gauss(); });
  check_resume<NumpyGenerator>([](auto& r) { return r.interval(1000); });
  check_resume<Philox>([](auto& r) { return r.normal() + r.next(); });
  check_resume<TorchGenerator>([](auto& r) {
    double value;
    r.normal(std::span(&value, 1));
    return value;
  });
}
