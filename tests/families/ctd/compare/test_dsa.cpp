// Operators and their distances against the numbers of compare.md 11.3, and what distances must
// keep.
#include <cmath>
#include <numeric>

#include "families/ctd/compare/made_up.hpp"
#include "families/ctd/compare/similarity/delays.hpp"
#include "families/ctd/compare/similarity/similarity.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/math/transport.hpp"

namespace tsd::compare {
namespace {

using math::DenseD, math::Form;

DenseD square(std::vector<double> values) {
  const int n = static_cast<int>(std::lround(std::sqrt(double(values.size()))));
  DenseD m(n, n);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}

const DenseD kM = square({0.9, -0.2, 0.2, 0.9});

DenseD random_matrix(int n, Philox& generator) {
  DenseD m(n, n);
  for (double& x : m.values) x = generator.normal() / std::sqrt(n);
  return m;
}

// From the eigenvectors of a random symmetric matrix; with the asked sign of the determinant.
DenseD random_rotation(int n, bool reflects, Philox& generator) {
  DenseD m = random_matrix(n, generator), s = m;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) s(i, j) = m(i, j) + m(j, i);
  DenseD q = symmetric_eigen(s).vectors;
  // An orthogonal matrix reflects where an odd number of its eigenvalues is -1, the others paired.
  std::complex<double> determinant = 1;
  for (const auto& z : math::eigen(q).values) determinant *= z;
  if ((determinant.real() < 0) != reflects)
    for (int i = 0; i < n; ++i) q(i, 0) = -q(i, 0);
  return q;
}

DenseD turned(const DenseD& a, const DenseD& q) {
  return product(product(q, Form::plain, a, Form::plain), Form::plain, q, Form::transposed);
}

struct Result {
  double angular, euclidean;
};

// As a comparison does it: two optimisations for O(n).
Result distance(const DenseD& a, const DenseD& b, DsaGroup group = DsaGroup::O, double rate = 5e-3,
                std::int64_t iters = 1500, std::uint64_t seed = 0) {
  const DenseD A = unit_norm(a);
  Result best{10, 10};
  double least = 10;
  for (const bool swap : {false, true}) {
    if (swap && group != DsaGroup::O) break;
    const DenseD B = unit_norm(swap ? swapped(b) : b);
    BasisSearch search(A, B, group, rate, seed, swap ? "swapped" : "plain");
    search.advance(iters);
    if (search.loss() >= least) continue;
    least = search.loss();
    const DenseD C = search.basis();
    best = {angular_distance(A, B, C, group), euclidean_distance(A, B, C, group)};
  }
  return best;
}

DsaSettings settings(int delays, int rank) {
  DsaSettings s;
  s.n_delays = delays, s.rank = rank;
  return s;
}

}  // namespace

TEST_CASE("dsa: the operator of linear data is its matrix", "[dsa]") {
  const Series data = linear_series(kM, 1, 40);
  const Operator o = fit_operator(settings(1, 2), {{&data, 0, 1}});
  const auto eigenvalues = math::eigen(o.matrix).values;
  // Data in float32.
  CHECK(eigenvalues[0].real() == Approx(0.9).margin(1e-5));
  CHECK(std::abs(eigenvalues[0].imag()) == Approx(0.2).margin(1e-5));
  const DenseD there = o.in_delay_space();
  for (std::size_t k = 0; k < 4; ++k) CHECK(there.values[k] == Approx(kM.values[k]).margin(1e-5));
  CHECK(o.cumulative_variance.back() == Approx(1));
}

TEST_CASE("dsa: delays, trials and blocks don't change the operator of linear data", "[dsa]") {
  const Series data = linear_series(kM, 3, 30);
  DsaSettings s = settings(4, 2);
  s.delay_interval = 2;
  const Operator o = fit_operator(s, {{&data, 0, 2}, {&data, 2, 1}});
  for (const auto& z : math::eigen(o.matrix).values) {
    CHECK(z.real() == Approx(0.9).margin(1e-5));
    CHECK(std::abs(z.imag()) == Approx(0.2).margin(1e-5));
  }
}

// Direct from the definition: V from H = V S U^T, B = (V-^T V- + lambda I)^-1 V-^T V+.
TEST_CASE("dsa: the short way by second moments is the long one", "[dsa]") {
  Philox generator(3, "data");
  Series data{3, 12, 2, {}};
  for (int k = 0; k < 72; ++k) data.values.push_back(static_cast<float>(generator.normal()));
  DsaSettings s = settings(3, 6);
  s.lambda = 0.05;
  const int rows = 10, width = 6;
  DenseD h(3 * rows, width), before(3 * (rows - 1), width), after = before;
  for (int k = 0; k < 3; ++k)
    for (int t = 0; t < rows; ++t)
      for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 2; ++i) h(k * rows + t, 2 * j + i) = data.row(12 * k + t + 2 - j)[i];
  const math::Symmetric e = symmetric_eigen(product(h, Form::transposed, h, Form::plain));
  DenseD v = product(h, Form::plain, e.vectors, Form::plain);
  for (int i = 0; i < v.rows; ++i)
    for (int j = 0; j < width; ++j) v(i, j) /= std::sqrt(e.values[std::size_t(j)]);
  for (int k = 0; k < 3; ++k)
    for (int t = 0; t + 1 < rows; ++t)
      for (int j = 0; j < width; ++j) {
        before(k * (rows - 1) + t, j) = v(k * rows + t, j);
        after(k * (rows - 1) + t, j) = v(k * rows + t + 1, j);
      }
  DenseD gram = product(before, Form::transposed, before, Form::plain);
  for (int i = 0; i < width; ++i) gram(i, i) += s.lambda;
  const DenseD cross = product(before, Form::transposed, after, Form::plain);
  const DenseD regression = product(math::inverse(gram), Form::plain, cross, Form::plain);
  const Operator o = fit_operator(s, {{&data, 0, 3}});
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < width; ++j) CHECK(o.matrix(i, j) == Approx(regression(j, i)).margin(1e-9));
  s.reduced_rank = true;  // of full rank it is the same regression, not transposed
  const Operator full = fit_operator(s, {{&data, 0, 3}});
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < width; ++j) CHECK(full.matrix(i, j) == Approx(regression(i, j)).margin(1e-9));
  s.rank = 2;
  const auto values = math::svd(fit_operator(s, {{&data, 0, 3}}).matrix).s;
  CHECK(values[1] > 1e-3);
  CHECK(values[2] < 1e-9);
}

TEST_CASE("dsa: rank by explained variance, before and since version 2", "[dsa]") {
  Series data{1, 400, 3, {}};
  Philox generator(5, "data");
  for (int t = 0; t < 400; ++t)
    for (const double scale : {3.0, 2.0, 0.1}) data.values.push_back(float(scale * generator.normal()));
  DsaSettings s = settings(1, 3);
  s.rank_explained_variance = 0.9;  // about 9/13 and 13/13 of the variance in one and two directions
  CHECK(fit_operator(s, {{&data, 0, 1}}).matrix.rows == 1);
  s.version = DsaVersion::v2;
  CHECK(fit_operator(s, {{&data, 0, 1}}).matrix.rows == 2);
}

TEST_CASE("dsa: distances of small matrices", "[dsa]") {
  const DenseD other = square({0.9, -0.5, 0.5, 0.9}), identity = square({1, 0, 0, 1});
  const Result r = distance(kM, other);
  // C ends within Adam's jitter of the optimum, in single precision.
  CHECK(r.angular == Approx(0.288430).margin(2e-6));
  CHECK(r.euclidean == Approx(0.287431).margin(2e-6));
  CHECK(r.euclidean == Approx(std::sqrt(2 - 2 * std::cos(r.angular))).margin(1e-9));
  CHECK(distance(kM, identity).angular == Approx(0.218669).margin(2e-6));
  CHECK(distance(square({1, 0, 0, 0.5}), square({0.9, 0, 0, 0.1})).angular == Approx(0.352990).margin(2e-5));
  CHECK(math::transport_cost(math::eigen(kM).values, math::eigen(other).values) == Approx(0.09));
}

// Of several starts: the optimisation has local optima, in which its original ends as well.
double least_angle(const DenseD& a, const DenseD& b, std::int64_t iters, std::uint64_t starts) {
  double least = 10;
  for (std::uint64_t seed = 0; seed < starts; ++seed)
    least = std::min(least, distance(a, b, DsaGroup::O, 5e-3, iters, seed).angular);
  return least;
}

TEST_CASE("dsa: matrices that differ by their basis are near, reflections too", "[dsa]") {
  for (const int n : {2, 5})
    for (const bool reflects : {false, true}) {
      CAPTURE(n, reflects);
      Philox generator(static_cast<std::uint64_t>(n), "matrices");
      const DenseD a = random_matrix(n, generator), q = random_rotation(n, reflects, generator);
      CHECK(least_angle(a, turned(a, q), 4000, 6) < 0.02);
    }
}

// scripts/reference/oracles/ctd/dsa.py
TEST_CASE("dsa: updates are those of automatic differentiation", "[dsa]") {
  constexpr int n = 4;
  const auto filled = [](double c, double diagonal) {
    DenseD m(n, n);
    for (std::size_t k = 0; k < m.size(); ++k) m.values[k] = 0.5 * std::sin(1.7 * double(k) + c);
    for (int i = 0; i < n; ++i) m(i, i) += diagonal;
    return m;
  };
  std::vector<float> layers;
  for (int i = 0; i < n * n; ++i) layers.push_back(i % (n + 1) == 0);
  for (const double c : {1.0, 2.0, 3.0})
    for (const double x : filled(c, 1).values) layers.push_back(static_cast<float>(x));
  const DenseD a = unit_norm(filled(0.1, 0)), b = unit_norm(filled(0.7, 0));
  struct Expected {
    DsaGroup group;
    double first, second, tenth, angle;
  };
  for (const Expected& e : {Expected{DsaGroup::O, 2.694316128, 2.553729974, 1.647576876, 1.355694072},
                            Expected{DsaGroup::GL, 63.630655307, 50.555749443, 12.361942099, 1.451737803}}) {
    BasisSearch search(a, b, e.group, 5e-3, 0, "");
    Arrays state = search.save("");
    state[0] = make_array("parameters", layers);
    search.load(state, "");
    // Single precision; GL(n) divides by a small determinant.
    const double tolerance = e.group == DsaGroup::O ? 2e-6 : 2e-5;
    search.advance(1);
    CHECK(search.loss() == Approx(e.first).epsilon(tolerance));
    search.advance(1);
    CHECK(search.loss() == Approx(e.second).epsilon(tolerance));
    search.advance(8);
    CHECK(search.loss() == Approx(e.tenth).epsilon(tolerance));
    CHECK(angular_distance(a, b, search.basis(), e.group) == Approx(e.angle).epsilon(tolerance));
  }
}

TEST_CASE("dsa: SO(n) does not reach reflections, GL(n) reaches more than O(n)", "[dsa]") {
  // The mirror image of a quarter turn is its inverse, which rotations leave alone.
  const DenseD quarter = square({0, -1, 1, 0}), back = square({0, 1, -1, 0});
  CHECK(distance(quarter, back, DsaGroup::O).angular < 0.01);
  CHECK(distance(quarter, back, DsaGroup::SO).angular > 3);
  // Similar but not turned: what is left for GL(n) is the difference of the norms divided by.
  const DenseD straight = square({0.9, 0, 0, 0.5}), skewed = square({0.9, 0.8, 0, 0.5});
  const double left = 1 - std::sqrt((0.81 + 0.25) / (0.81 + 0.64 + 0.25));
  CHECK(distance(straight, skewed, DsaGroup::GL, 5e-3, 5000).euclidean == Approx(left).margin(1e-3));
  CHECK(distance(straight, skewed, DsaGroup::O).euclidean > left + 0.1);
}

TEST_CASE("dsa: distances are symmetric, and zero to itself", "[dsa]") {
  Philox generator(2, "matrices");
  const DenseD a = random_matrix(4, generator), b = random_matrix(4, generator);
  CHECK(distance(a, a, DsaGroup::O, 5e-3, 5000).angular < 0.01);
  CHECK(least_angle(a, b, 3000, 4) == Approx(least_angle(b, a, 3000, 4)).margin(1e-3));
}

TEST_CASE("dsa: an optimisation goes on where it was stored", "[dsa]") {
  BasisSearch whole(unit_norm(kM), unit_norm(square({1, 2, 3, 4})), DsaGroup::O, 5e-3, 1, "s"), parts = whole;
  whole.advance(40);
  parts.advance(13);
  BasisSearch other(unit_norm(kM), unit_norm(square({1, 2, 3, 4})), DsaGroup::O, 5e-3, 1, "s");
  other.load(parts.save("p/"), "p/");
  other.advance(27);
  CHECK(whole.loss() == other.loss());
  CHECK(whole.basis().values == other.basis().values);
}

TEST_CASE("dsa: transport between sets of other sizes", "[dsa]") {
  CHECK(math::transport_cost({1.0, 2.0}, {2.0, 1.0}) == Approx(0).margin(1e-15));
  // Each of two points gives a half to 0 and a half to 3, or all to one of them: the nearest serve.
  CHECK(math::transport_cost({0.0, 3.0}, {1.0}) == Approx((1.0 + 4.0) / 2));
  // Weights 1/2 each onto 1/3 each: 0 -> 0 (1/3), 0 -> 1 (1/6), 3 -> 1 (1/6), 3 -> 3 (1/3).
  CHECK(math::transport_cost({0.0, 3.0}, {0.0, 1.0, 3.0}) == Approx(1.0 / 6 + 4.0 / 6));
}

TEST_CASE("dsa: what cannot be computed is told with a remedy", "[dsa]") {
  DsaSettings s;  // those of the reference on the flip-flop: 2 trials, 962 rows, 1280 columns
  CHECK_THAT(
      obstacle(s, 200, 500, 64).value(),
      Catch::Contains("1280 columns, more than the 962 rows of 2 trials; raise dsa.percent_data to 0.015"));
  s.percent_data = 0.015;
  CHECK_FALSE(obstacle(s, 200, 500, 64));
  s.percent_data = 0.001;
  CHECK_THAT(obstacle(s, 200, 500, 64).value(), Catch::Contains("is none; expected at least 0.005"));
  s.n_delays = 600;
  CHECK_THAT(obstacle(s, 200, 500, 64).value(), Catch::Contains("need at least 601 steps, trials have 500"));
  s = settings(2, 50), s.percent_data = 1;
  CHECK_THAT(obstacle(s, 200, 500, 3).value(), Catch::Contains("rank 50 of an embedding"));
}

}  // namespace tsd::compare
