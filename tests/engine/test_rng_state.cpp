// Words of the bare engines against published values (nback.md 11.1, Random123), and the saving of every
// generator.
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

// Known answers of the Random123 distribution.
TEST_CASE("rng: Philox4x32-10 known answers", "[rng]") {
  const Philox zero(std::array<std::uint32_t, 2>{0, 0});
  CHECK(zero.block(0) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const Philox ones(std::array<std::uint32_t, 2>{0xffffffff, 0xffffffff});
  CHECK(ones.block(~0ull, ~0ull) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
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
