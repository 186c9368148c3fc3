// Levenberg and Marquardt's search: closed forms, and the same points as Adam's.
#include "families/ctd/compare/fixed_points/levenberg.hpp"

#include <cmath>

#include "families/ctd/compare/fixed_points/fixed_points.hpp"
#include "families/ctd/compare/fixed_points/search.hpp"
#include "support/catch.hpp"

namespace tsd::compare {
namespace {

using math::DenseD;

// h' = tanh(weights h + bias)
nn::CellParameters vanilla(const DenseD& weights, double bias = 0) {
  nn::CellParameters p;
  p.type = nn::CellType::vanilla;
  p.weight_ih = DenseD(weights.rows, 1), p.weight_hh = weights;
  p.bias_ih.assign(static_cast<std::size_t>(weights.rows), bias);
  p.bias_hh.assign(static_cast<std::size_t>(weights.rows), 0);
  return p;
}

DenseD matrix(int rows, int columns, std::vector<double> values) {
  DenseD m(rows, columns);
  std::ranges::copy(values, m.data());
  return m;
}

void advance(Finder& finder, std::int64_t updates) {
  for (int block = finder.blocks(); block-- > 0;) finder.advance(block, updates);
}

// Three units that remember a bit each and hardly see each other, from all corners, edges, faces and the middle of
// their cube.
struct Cube {
  nn::CellParameters cell = vanilla(matrix(3, 3, {2, 0.1, -0.05, 0.05, 2, 0.1, -0.1, 0.05, 2}));
  DenseD starts = DenseD(270, 3);

  Cube() {
    for (int i = 0; i < starts.rows; ++i)
      for (int j = 0; j < 3; ++j)
        starts(i, j) = (i / (j == 0 ? 1 : j == 1 ? 3 : 9) % 3 - 1) * 0.9 + 0.1 * std::sin(i * (1.7 + j));
  }
};

}  // namespace

TEST_CASE("levenberg: a linear system's fixed point at once", "[search]") {
  nn::CellParameters p = vanilla(matrix(2, 2, {0.5, 0.3, -0.2, 0.4}));
  p.type = nn::CellType::lds;
  p.bias_ih = {0.6, -0.3};
  LevenbergMarquardt search(p, matrix(1, 2, {7, -9}), DenseD(1, 1));
  advance(search, 20);
  CHECK(search.ends()(0, 0) == Approx((0.6 * 0.6 + 0.3 * -0.3) / 0.36));
  CHECK(search.ends()(0, 1) == Approx((-0.2 * 0.6 + 0.5 * -0.3) / 0.36));
  CHECK(search.q()[0] < 1e-28);  // rounding of numbers near 1
  CHECK(search.updates()[0] < 20);
}

// Where a fixed point of h' = tanh(2 h + b) has vanished, q is least where J = 1, at tanh = 1 / sqrt 2.
TEST_CASE("levenberg: it ends at a slow point where there is no fixed one", "[search]") {
  const double b = -0.6, bend = std::atanh(std::sqrt(0.5)), h = (bend - b) / 2;
  LevenbergMarquardt search(vanilla(matrix(1, 1, {2}), b), matrix(1, 1, {0.8}), DenseD(1, 1));
  advance(search, 200);
  // It ends once q changes little, and q is flat there: by a thousandth within 4e-3 of the place.
  CHECK(search.ends()(0, 0) == Approx(h).margin(4e-3));
  CHECK(search.q()[0] == Approx(std::pow(std::sqrt(0.5) - h, 2) / 2).epsilon(1e-3));
  CHECK(search.updates()[0] < 200);
  CHECK(search.updates()[0] % 10 == 0);  // what is tried comes in tens, here
}

TEST_CASE("levenberg: distinct points are those of Adam and Newton steps", "[search]") {
  const Cube cube;
  FixedPointSettings settings;
  settings.newton_steps = 30, settings.q_thresh = 1e-20, settings.unique_tol = 1e-6;
  Search<double> adam(cube.cell, cube.starts, DenseD(1, 1), {0.01});
  LevenbergMarquardt levenberg(cube.cell, cube.starts, DenseD(1, 1));
  advance(adam, 2000), advance(levenberg, 100);
  const auto slow = analyse(cube.cell, adam.ends(), DenseD(1, 1), settings, 1);
  settings.newton_steps = 0;
  const auto fast = analyse(cube.cell, levenberg.ends(), DenseD(1, 1), settings, 1);
  CHECK(slow.kept().size() == 27);  // 3^3
  REQUIRE(fast.kept().size() == 27);
  for (const std::int64_t i : fast.kept()) {
    // q <= 1e-20 puts both within 1.5e-10 / |J - I| of the point, and J - I has no eigenvalue below 0.8 here.
    const auto same = [&](std::int64_t k) {
      double sum = 0;
      for (int j = 0; j < 3; ++j) sum += std::pow(fast.x(int(i), j) - slow.x(int(k), j), 2);
      return std::sqrt(sum) < 1e-9;
    };
    const auto kept = slow.kept();
    const auto twin = std::ranges::find_if(kept, same);
    REQUIRE(twin != kept.end());
    CHECK(fast.n_unstable[std::size_t(i)] == slow.n_unstable[std::size_t(*twin)]);
  }
}

TEST_CASE("levenberg: however steps are portioned, and whoever goes on", "[search]") {
  const Cube cube;
  LevenbergMarquardt whole(cube.cell, cube.starts, DenseD(1, 1)),
      portions(cube.cell, cube.starts, DenseD(1, 1)), resumed(cube.cell, cube.starts, DenseD(1, 1));
  advance(whole, 7), advance(portions, 2), advance(portions, 1);
  resumed.load(portions.save("s/"), "s/");
  advance(portions, 4), advance(resumed, 4);
  for (const LevenbergMarquardt* search : {&portions, &resumed}) {
    CHECK(search->ends().values == whole.ends().values);
    CHECK(search->q() == whole.q());
    CHECK(search->updates() == whole.updates());
  }
}

TEST_CASE("levenberg: a state below freeze_below stays, one that is not finite ends", "[search]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  LevenbergMarquardt search(vanilla(matrix(1, 1, {2})), matrix(3, 1, {0.957, 0.5, nan}), DenseD(1, 1), 1e-6);
  advance(search, 50);
  CHECK(search.ends()(0, 0) == 0.957);  // q = 9e-8
  CHECK(search.q()[1] < 1e-6);
  CHECK(search.q()[1] > 1e-30);
  CHECK(search.updates() == std::vector<std::int64_t>{0, search.updates()[1], 0});
}

}  // namespace tsd::compare
