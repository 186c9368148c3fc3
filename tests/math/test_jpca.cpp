// Numbers of scripts/reference/oracles/likeness.py: least squares over skew-symmetric matrices in NumPy.
#include "tsd/math/jpca.hpp"

#include <cmath>
#include <numbers>

#include "support/catch.hpp"

namespace tsd::math {

TEST_CASE("jpca: planes, frequencies and fit of made courses", "[jpca]") {
  std::vector<float> d;
  for (int c = 0; c < 4; ++c)
    for (int t = 0; t < 12; ++t)
      for (int n = 0; n < 5; ++n)
        d.push_back(static_cast<float>(5 + 2 * std::cos(.35 * t + .8 * c + 1.1 * n) +
                                       .5 * n * std::sin(.6 * t - .5 * c) + .3 * std::cos(.2 * t * n) +
                                       .2 * c * std::sin(.9 * n + .15 * t)));
  const Jpca j = jpca({d, 12, 5}, {.components = 4});
  constexpr double kExact = 1e-8;
  CHECK(j.variance_ratio[0] == Approx(0.5369055125669934).margin(kExact));
  CHECK(j.variance_ratio[2] == Approx(0.06876648784860005).margin(kExact));
  REQUIRE(j.frequency.size() == 2);
  CHECK(j.frequency[0] == Approx(0.3484073919769437).margin(kExact));
  CHECK(j.frequency[1] == Approx(0.010946658130896902).margin(kExact));
  CHECK(j.r2 == Approx(0.8050252644375245).margin(kExact));
  CHECK(j.r2_free == Approx(0.8500571793666354).margin(kExact));
  CHECK(j.plane_variance[0] == Approx(0.903834542994939).margin(kExact));
  CHECK(j.plane_variance[1] == Approx(0.09616545700506088).margin(kExact));
  const DenseD one = product(j.planes, Form::plain, j.planes, Form::transposed);
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 4; ++k) CHECK(one(i, k) == Approx(i == k).margin(1e-12));
}

// x' - x of a turn by w is (cos w - 1) x + sin w R x: the skew part is sin w.
TEST_CASE("jpca: a rotation is found in its plane", "[jpca]") {
  constexpr double w = 0.2;
  std::vector<float> d;
  for (int c = 0; c < 6; ++c)
    for (int t = 0; t < 40; ++t) {
      const double a = w * t + 2 * std::numbers::pi * c / 6;
      d.insert(d.end(), {static_cast<float>(std::cos(a)), static_cast<float>(std::sin(a))});
    }
  const Jpca j = jpca({d, 40, 2}, {.components = 6, .softening = 0, .less_mean = false});
  REQUIRE(j.frequency.size() == 1);
  CHECK(j.frequency[0] == Approx(std::sin(w)).margin(1e-6));
  CHECK(j.r2_free == Approx(1).margin(1e-9));
  CHECK(j.r2 ==
        Approx(std::pow(std::sin(w), 2) / (2 - 2 * std::cos(w))).margin(1e-5));  // |x' - x|^2 = 2 - 2 cos w
}

// Three columns that are one: nothing turns, whatever rounding leaves of the other two directions.
TEST_CASE("jpca: a course along one line has no plane", "[jpca]") {
  std::vector<float> d;
  for (int c = 0; c < 4; ++c)
    for (int t = 0; t < 12; ++t) {
      const auto x = static_cast<float>(std::sin(0.5 * t + c) + 0.3 * c);
      d.insert(d.end(), {x, 2 * x, x});
    }
  const Jpca j = jpca({d, 12, 3}, {.components = 3});
  CHECK(j.frequency.empty());
  CHECK(j.planes.rows == 0);
  CHECK(j.r2 == Approx(0).margin(1e-12));
}

}  // namespace tsd::math
