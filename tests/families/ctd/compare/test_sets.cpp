// Lines and rings of fixed points that are known in closed form.
#include "families/ctd/compare/fixed_points/sets.hpp"

#include <cmath>
#include <numbers>

#include "families/ctd/compare/fixed_points/levenberg.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::compare {
namespace {

using math::DenseD;
using Kind = PointSet::Kind;

nn::CellParameters cell_of(const DenseD& weights, nn::CellType type) {
  nn::CellParameters p;
  p.type = type;
  p.weight_ih = DenseD(weights.rows, 1), p.weight_hh = weights;
  p.bias_ih.assign(static_cast<std::size_t>(weights.rows), 0), p.bias_hh = p.bias_ih;
  return p;
}

std::vector<PointSet> sets_from(const nn::CellParameters& cell, const DenseD& starts,
                                const FixedPointSettings& settings) {
  LevenbergMarquardt search(cell, starts, DenseD(1, 1), settings.freeze_below);
  for (int block = 0; block < search.blocks(); ++block) search.advance(block, 300);
  return join_points(cell, analyse(cell, search.ends(), DenseD(1, 1), settings, 1), settings);
}

// h' = tanh(W h), W_ij = 2 g / N cos(a_i - a_j): bumps tanh(g m cos(a_i - b)) at any b, with m the bump's own first
// harmonic. For as many units as here, what moves a bump is some 1e-8: harmonic 31 of its shape.
struct Ring {
  static constexpr int N = 32;
  static constexpr double g = 2;
  DenseD weights = DenseD(N, N);
  double m = 1;

  static double angle(int i) { return 2 * std::numbers::pi * i / N; }
  Ring() {
    for (int i = 0; i < N; ++i)
      for (int j = 0; j < N; ++j) weights(i, j) = 2 * g / N * std::cos(angle(i) - angle(j));
    for (int k = 0; k < 500; ++k) {
      double sum = 0;
      for (int i = 0; i < N; ++i) sum += 2.0 / N * std::cos(angle(i)) * std::tanh(g * m * std::cos(angle(i)));
      m = sum;
    }
  }
  double bump(int i, double b) const { return std::tanh(g * m * std::cos(angle(i) - b)); }
  double circumference() const {
    double sum = 0;
    for (int i = 0; i < N; ++i)
      sum += std::pow(g * m * std::sin(angle(i)) * (1 - std::pow(bump(i, 0), 2)), 2);
    return 2 * std::numbers::pi * std::sqrt(sum);
  }
};

}  // namespace

TEST_CASE("sets: a ring network's bumps are one closed set with eigenvalue 1 along it", "[sets]") {
  const Ring ring;
  DenseD starts(400, Ring::N);
  for (int k = 0; k < starts.rows; ++k)
    for (int i = 0; i < Ring::N; ++i)
      starts(k, i) = 0.8 * ring.bump(i, 2.4 * k) + 0.05 * std::sin(1.7 * k + 3.1 * i);
  FixedPointSettings settings;
  settings.q_thresh = 1e-14;
  const auto sets = sets_from(cell_of(ring.weights, nn::CellType::vanilla), starts, settings);
  REQUIRE(sets.size() == 1);
  const PointSet& set = sets[0];
  CHECK(set.kind == Kind::ring);
  CHECK(set.along == Approx(1).margin(1e-6));
  CHECK(set.turned < 0.05);
  // Of other directions the mode of the bump's size is the slowest: its factor is t^T J t with t along the bump.
  CHECK(set.across < 0.9);
  CHECK(set.length == Approx(ring.circumference()).epsilon(0.03));  // a polygon
  CHECK(set.speed < 1e-7);
}

TEST_CASE("sets: an integrator's line, a point beside it, and a plane that is neither", "[sets]") {
  // One direction keeps what it has, the others forget: W = t t^T + 0.5 (I - t t^T).
  const std::vector<double> t = {0.6, 0, 0.8};
  DenseD weights(3, 3);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) weights(i, j) = 0.5 * (i == j) + 0.5 * t[std::size_t(i)] * t[std::size_t(j)];
  DenseD starts(200, 3);
  for (int k = 0; k < starts.rows; ++k)
    for (int j = 0; j < 3; ++j)
      starts(k, j) = 2 * t[std::size_t(j)] * std::sin(1.3 * k) + 0.1 * std::sin(k + 2.0 * j);
  FixedPointSettings settings;
  settings.q_thresh = 1e-20;
  const auto sets = sets_from(cell_of(weights, nn::CellType::lds), starts, settings);
  REQUIRE(sets.size() == 1);
  CHECK(sets[0].kind == Kind::line);
  CHECK(sets[0].along == Approx(1).margin(1e-9));
  CHECK(sets[0].turned < 1e-9);
  CHECK(sets[0].across == Approx(0.5));
  CHECK(sets[0].length == Approx(4).epsilon(0.05));  // from -2 to 2
  DenseD identity(2, 2);
  identity(0, 0) = identity(1, 1) = 1;
  DenseD square(400, 2);
  for (int k = 0; k < 400; ++k) square(k, 0) = k % 20, square(k, 1) = k / 20;
  const auto plane = sets_from(cell_of(identity, nn::CellType::lds), square, settings);
  REQUIRE(plane.size() == 1);
  CHECK(plane[0].kind == Kind::branched);
}

TEST_CASE("sets: points apart stay apart, and slow ones join fixed ones", "[sets]") {
  FixedPoints p;
  p.x = DenseD(40, 1), p.inputs = DenseD(40, 1);
  for (int i = 0; i < 40; ++i) p.x(i, 0) = i < 30 ? 0.1 * i : 50 + 10 * i;
  p.q.assign(40, 1e-6), p.q[0] = 1e-12;
  p.eigenvalues.assign(40, 1), p.n_unstable.assign(40, 0);
  FixedPointSettings settings;
  settings.q_thresh = 1e-10, settings.join_within = 0.5;
  p.unique = unique_points(p, 1e-10, 1e-3), p.slow = unique_points(p, 1e-5, 1e-3, 1e-10);
  CHECK(p.kept() == std::vector<std::int64_t>{0});
  CHECK(p.kept_slow().size() == 39);
  DenseD one(1, 1);
  one(0, 0) = 1;
  const auto sets = join_points(cell_of(one, nn::CellType::lds), p, settings);
  CHECK(std::ranges::count(sets, Kind::line, &PointSet::kind) == 1);
  CHECK(std::ranges::count(sets, Kind::point, &PointSet::kind) == 10);
  CHECK(sets[0].members.size() == 30);
  CHECK(sets[0].speed == Approx(std::sqrt(2e-6)));
  p.inputs(3, 0) = 1;  // another system
  CHECK(join_points(cell_of(one, nn::CellType::lds), p, settings).empty());
}

TEST_CASE("sets: a cloud is a point, as is what has one distance only", "[sets]") {
  FixedPoints p;
  p.x = DenseD(202, 2), p.inputs = DenseD(202, 1);
  Philox generator(0, "cloud");
  for (int i = 0; i < 200; ++i)
    for (int j = 0; j < 2; ++j) p.x(i, j) = 0.25 * generator.normal();  // nodes lie 0.4 apart: more than five
  p.x(200, 0) = 50, p.x(201, 0) = 50.1;
  p.q.assign(202, 0), p.eigenvalues.assign(404, 1), p.n_unstable.assign(202, 0);
  FixedPointSettings settings;
  settings.join_within = 1;
  p.unique = unique_points(p, 1e-5, 1e-6), p.slow = unique_points(p, 1e-4, 1e-6, 1e-5);
  DenseD one(2, 2);
  one(0, 0) = one(1, 1) = 1;
  const auto cell = cell_of(one, nn::CellType::lds);
  const auto sets = join_points(cell, p, settings);
  REQUIRE(sets.size() == 2);
  CHECK(std::ranges::all_of(sets, [](const PointSet& s) { return s.kind == Kind::point; }));
  CHECK(sets[0].members.size() + sets[1].members.size() == 202);
  FixedPoints corners;  // of a simplex
  corners.x = DenseD(5, 5), corners.inputs = DenseD(5, 1);
  for (int i = 0; i < 5; ++i) corners.x(i, i) = 0.5;
  corners.q.assign(5, 0), corners.eigenvalues.assign(25, 1), corners.n_unstable.assign(5, 0);
  corners.unique = unique_points(corners, 1e-5, 1e-6), corners.slow.assign(5, -1);
  DenseD identity(5, 5);
  for (int i = 0; i < 5; ++i) identity(i, i) = 1;
  const auto simplex = join_points(cell_of(identity, nn::CellType::lds), corners, settings);
  REQUIRE(simplex.size() == 1);
  CHECK(simplex[0].kind == Kind::point);
}

TEST_CASE("fixed points: time constants and frequencies of a rotation that shrinks", "[search]") {
  const auto z = std::polar(0.95, -0.3);
  CHECK(time_constant(z) == Approx(-1 / std::log(0.95)));
  CHECK(frequency(z) == Approx(0.3 / (2 * std::numbers::pi)));
  CHECK(time_constant(1) == std::numeric_limits<double>::infinity());
  CHECK(time_constant(1.1) == Approx(-1 / std::log(1.1)));
  CHECK(frequency(-0.5) == 0.5);
  CHECK(time_constant(0) == 0);
}

}  // namespace tsd::compare
