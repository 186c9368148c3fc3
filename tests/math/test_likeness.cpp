// Numbers of scripts/reference/oracles/likeness.py: SciPy, scikit-learn, NumPy.
#include "tsd/math/likeness.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace tsd::math {
namespace {

std::vector<float> waves(int rows, int columns, double a, double b) {
  std::vector<float> all;
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      all.push_back(static_cast<float>(std::sin(a * i + b * j + 0.01 * i * j)));
  return all;
}

struct Made {
  std::vector<float> x = waves(60, 4, 0.7, 1.3), y = waves(60, 3, 0.9, 0.4);
  Made() {
    for (std::size_t i = 0; i < 60; ++i)
      y[3 * i] = static_cast<float>(double{y[3 * i]} + double{x[4 * i + 1]});
  }
};

// Of double precision on both sides, over sums of some hundred products.
constexpr double kExact = 1e-10;

}  // namespace

TEST_CASE("likeness: kernel alignment, Procrustes and canonical correlations", "[likeness]") {
  const Made m;
  const Columns x(m.x, 4), y(m.y, 3);
  CHECK(cka(x, y) == Approx(0.27823492160276353).margin(kExact));
  CHECK(procrustes(x, y) == Approx(0.8288999397140171).margin(kExact));
  CHECK(procrustes(y, x) == Approx(0.8288999397140171).margin(kExact));
  const auto r = canonical_correlations(x, y);
  REQUIRE(r.size() == 3);
  CHECK(r[0] == Approx(0.9821718703392732).margin(kExact));
  CHECK(r[1] == Approx(0.3190807371487373).margin(kExact));
  CHECK(r[2] == Approx(0.2945727754295484).margin(kExact));
}

TEST_CASE("likeness: a set turned and scaled is the same, whatever is shifted", "[likeness]") {
  const Made m;
  std::vector<float> turned;
  for (std::size_t i = 0; i < 60; ++i) {
    const float a = m.x[4 * i], b = m.x[4 * i + 1];
    turned.insert(turned.end(), {2 * (0.6f * a - 0.8f * b) + 1, 2 * (0.8f * a + 0.6f * b), 2 * m.x[4 * i + 2],
                                 2 * m.x[4 * i + 3]});
  }
  const Columns x(m.x, 4), y(turned, 4);
  CHECK(cka(x, y) == Approx(1).margin(1e-6));  // float32
  CHECK(procrustes(x, y) == Approx(0).margin(1e-6));
  for (const double r : canonical_correlations(x, y)) CHECK(r == Approx(1).margin(1e-6));
}

TEST_CASE("likeness: directions that are rounding have no correlation of their own", "[likeness]") {
  const Made m;
  std::vector<float> doubled;
  for (std::size_t i = 0; i < 60; ++i) doubled.insert(doubled.end(), {m.x[4 * i], 2 * m.x[4 * i]});
  CHECK(canonical_correlations(Columns(doubled, 2), Columns(m.y, 3)).size() == 1);
}

TEST_CASE("regression: R2 of each column and along each component, of rows held out", "[likeness]") {
  const Made m;
  const std::span<const float> x(m.x), y(m.y);
  const Columns train_x(x.first(160), 4), val_x(x.subspan(160), 4), train_y(y.first(120), 3),
      val_y(y.subspan(120), 3);
  const Regression fit = regress(train_y, train_x);
  const auto columns = errors(fit, val_y, val_x).each_r2();
  const auto components = errors(fit, val_y, val_x, principal_components(val_x).directions).each_r2();
  const std::vector<double> expected = {-0.4116196624331758, 0.8663532666673247, -0.43200450912993826,
                                        0.6169648395541538},
                            along = {0.2450728407204541, 0.28316732859227645, -14.829961678270607,
                                     -38.38853406873909};
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(columns[k] == Approx(expected[k]).margin(kExact));
    CHECK(components[k] == Approx(along[k]).margin(1e-8));  // divided by variances a hundredth of the others
  }
}

}  // namespace tsd::math
