// Against scikit-learn (scripts/reference/oracles/independent_components.py).
#include "tsd/math/ica.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace tsd::math {
namespace {

std::vector<float> mixtures() {
  const double mixing[3][3] = {{1, 0.4, -0.3}, {0.2, 2, 0.5}, {-0.6, 0.1, 1}}, shift[3] = {1, -2, 0.5};
  std::vector<float> x;
  for (int k = 0; k < 600; ++k) {
    const double s[3] = {std::copysign(1.0, std::sin(0.3 * k + 0.1)), std::fmod(0.17 * k, 1) - 0.5,
                         std::pow(std::sin(0.05 * k), 3)};
    for (int i = 0; i < 3; ++i)
      x.push_back(
          static_cast<float>(mixing[i][0] * s[0] + mixing[i][1] * s[1] + mixing[i][2] * s[2] + shift[i]));
  }
  return x;
}

}  // namespace

TEST_CASE("ica: rows are scikit-learn's, up to order and sign", "[ica]") {
  const std::vector<float> x = mixtures();
  const double expected[3][3] = {{1.395638165, -0.307181046, 0.556957588},
                                 {-1.290833714, 2.062633249, -1.457692222},
                                 {-1.543379611, 0.385705407, -2.437643055}};
  const DenseD rows = independent_components(Columns(x, 3), 1e-14, 2000);
  REQUIRE(rows.rows == 3);
  for (const auto& want : expected) {
    double nearest = 10;
    for (int k = 0; k < 3; ++k)
      for (const double sign : {1, -1}) {
        double off = 0;
        for (int j = 0; j < 3; ++j) off = std::max(off, std::abs(sign * rows(k, j) - want[j]));
        nearest = std::min(nearest, off);
      }
    CHECK(nearest < 1e-6);
  }
  const std::vector<float> s = project(Columns(x, 3), rows);
  const Columns components(s, 3);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      CHECK(components.scatter()(i, j) / 600 == Approx(i == j ? 1 : 0).margin(1e-5));  // float32 components
}

TEST_CASE("ica: as many components as the data have directions", "[ica]") {
  const std::vector<float> x = mixtures();
  std::vector<float> twice;
  for (std::size_t k = 0; k < x.size(); k += 3) twice.insert(twice.end(), {x[k], 2 * x[k], x[k + 1]});
  CHECK(independent_components(Columns(twice, 3)).rows == 2);
  const std::vector<float> constant(30, 2);
  CHECK(independent_components(Columns(constant, 3)).rows == 0);
}

}  // namespace tsd::math
