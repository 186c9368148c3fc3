// Linear systems with inputs, against their own matrices and the numbers of the DSA package, release 2.0.2
// (compare.md 7.5.6).
#include "tsd/math/control.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::math {
namespace {

DenseD matrix(int rows, int columns, std::vector<double> values) {
  DenseD m(rows, columns);
  std::ranges::copy(values, m.data());
  return m;
}

// q times a turn by a, and a third direction.
DenseD turning(double q, double a, double third) {
  return matrix(3, 3,
                {q * std::cos(a), -q * std::sin(a), 0, q * std::sin(a), q * std::cos(a), 0, 0, 0, third});
}

const LinearSystem kFirst{turning(0.95, 0.3, 0.8), matrix(3, 1, {1, 0, 0.5}), {}},
    kSecond{turning(0.9, 0.5, 0.6), matrix(3, 1, {0.5, 1, -0.4}), {}};

struct Course {
  std::vector<float> states, seen, inputs;  // seen: through [[1, 0, 1], [0, 1, -0.5]]

  Course(const LinearSystem& s, double p, int steps = 200) {
    DenseD x = matrix(3, 1, {1, 0, -1});
    for (int t = 0; t < steps; ++t) {
      const double u =
          std::sin(0.9 * t + p) + 0.5 * std::cos(2.3 * t + 1 + p) + 0.3 * std::sin(0.37 * t * t + p);
      for (const double value : x.values) states.push_back(static_cast<float>(value));
      seen.push_back(static_cast<float>(x.values[0] + x.values[2]));
      seen.push_back(static_cast<float>(x.values[1] - 0.5 * x.values[2]));
      inputs.push_back(static_cast<float>(u));
      x = product(s.A, Form::plain, x, Form::plain);
      for (int i = 0; i < 3; ++i) x(i, 0) += s.B(i, 0) * u;
    }
  }
  Driven whole() const { return {states, inputs, 3, 1}; }
  Driven outputs() const { return {seen, inputs, 2, 1}; }
};

}  // namespace

TEST_CASE("control: distances of two systems, as norms and as angles", "[control]") {
  const SystemDistance d = distance(kFirst, kSecond, false), angle = distance(kFirst, kSecond, true);
  constexpr double kDigits = 1e-7;  // of the published numbers
  CHECK(d.state == Approx(0.34381630).margin(kDigits));
  CHECK(d.control == Approx(0.07111317).margin(kDigits));
  CHECK(d.joint == Approx(0.63800174).margin(kDigits));
  CHECK(d.released == Approx(3.84867363).margin(kDigits));
  CHECK(angle.state == Approx(0.20674252).margin(kDigits));
  CHECK(angle.control == Approx(0.01346488).margin(kDigits));
  CHECK(angle.joint == Approx(0.28014269).margin(kDigits));
  CHECK(angle.released == Approx(2.00281275).margin(kDigits));
}

TEST_CASE("control: of two inputs, and of a system turned", "[control]") {
  const LinearSystem a{kFirst.A, matrix(3, 2, {1, .2, 0, 1, .5, -.3}), {}},
      b{kSecond.A, matrix(3, 2, {.5, 0, 1, .4, 0, 1}), {}};
  const SystemDistance d = distance(a, b, false);
  CHECK(d.released == Approx(3.53102550).margin(1e-7));
  CHECK(d.state == Approx(0.53056665).margin(1e-7));
  CHECK(d.control == Approx(0.36070971).margin(1e-7));
  const double c = std::cos(0.7), s = std::sin(0.7), e = std::cos(0.4), f = std::sin(0.4);
  const DenseD Q = product(matrix(3, 3, {c, -s, 0, s, c, 0, 0, 0, 1}), Form::plain,
                           matrix(3, 3, {1, 0, 0, 0, e, -f, 0, f, e}), Form::plain);
  const LinearSystem turned{
      product(product(Q, Form::plain, kFirst.A, Form::plain), Form::plain, Q, Form::transposed),
      product(Q, Form::plain, kFirst.B, Form::plain),
      {}};
  const SystemDistance same = distance(kFirst, turned, false);
  CHECK(same.joint == Approx(0).margin(1e-9));
  CHECK(same.state == Approx(0).margin(1e-9));
  CHECK(same.control == Approx(0).margin(1e-9));
  CHECK(same.released == Approx(2.20579969).margin(1e-7));
}

TEST_CASE("control: decomposition with control finds the system, and the package's distances", "[control]") {
  const Course first(kFirst, 0), second(kSecond, 0.4);
  CHECK(first.states[3 * 199] == Approx(0.84452844).margin(1e-6));
  const LinearSystem a = dmdc({first.whole()}, {}), b = dmdc({second.whole()}, {});
  CHECK(a.singular_values[0] == Approx(17.42829).margin(1e-4));
  const SystemDistance own = distance(a, kFirst, false);
  CHECK(own.state == Approx(0).margin(1e-5));  // courses are float32
  CHECK(own.control == Approx(0).margin(1e-5));
  const SystemDistance d = distance(a, b, false);
  CHECK(d.state == Approx(0.34381630).margin(1e-5));
  CHECK(d.control == Approx(0.07111317).margin(1e-5));
  CHECK(d.joint == Approx(0.63800174).margin(1e-5));
  // Trials of the same system, kept apart: the package's join, and give 0.905 +- 0.282i.
  const Course p1(kFirst, 1, 60), p2(kFirst, 2, 60);
  CHECK(distance(dmdc({p1.whole(), p2.whole()}, {}), kFirst, false).state == Approx(0).margin(1e-5));
}

TEST_CASE("control: powers of an unstable system that overflow leave no distance", "[control]") {
  LinearSystem unstable = kFirst;
  for (double& x : unstable.A.values) x *= 1e200;  // A^2 B is beyond 1e308
  for (const SystemDistance& d : {distance(unstable, kSecond, false), distance(kSecond, unstable, true)})
    for (const double part : {d.state, d.control, d.joint, d.released}) CHECK(std::isnan(part));
}

// Two columns of which one is silent: of four future values the past tells two at most.
TEST_CASE("control: a rank beyond what outputs show is refused", "[control]") {
  const Course first(kFirst, 0);
  std::vector<float> seen = first.seen;
  for (std::size_t i = 1; i < seen.size(); i += 2) seen[i] = 0;
  const Driven silent{seen, first.inputs, 2, 1};
  CHECK(n4sid({silent}, {.delays = 2, .rank = 2}).A.rows == 2);
  CHECK_THROWS_WITH(n4sid({silent}, {.delays = 2, .rank = 3}),
                    Catch::Contains("expected a rank of at most 2") && Catch::Contains("got 3"));
  std::ranges::fill(seen, 0);
  CHECK_THROWS_AS(n4sid({silent}, {.delays = 2}), NumericError);
}

TEST_CASE("control: subspace identification of outputs that don't show the state", "[control]") {
  const Course first(kFirst, 0), second(kSecond, 0.4);
  const LinearSystem a = n4sid({first.outputs()}, {.delays = 4}),
                     b = n4sid({second.outputs()}, {.delays = 4});
  REQUIRE(a.A.rows == 3);  // 99.9 %
  CHECK(a.singular_values[0] == Approx(37.49457007).epsilon(1e-5));
  CHECK(a.singular_values[2] == Approx(1.57433523).epsilon(1e-4));
  CHECK(b.singular_values[1] == Approx(18.47991849).epsilon(1e-5));
  auto values = eigen(a.A).values;
  std::ranges::sort(values, {}, [](const auto& z) { return std::pair(z.real(), z.imag()); });
  CHECK(values[0].real() == Approx(0.8).margin(1e-4));
  CHECK(values[1].real() == Approx(0.90756966).margin(1e-4));
  CHECK(values[1].imag() == Approx(-0.28074420).margin(1e-4));
  const SystemDistance d = distance(a, b, false), angle = distance(a, b, true);
  CHECK(d.joint == Approx(0.12020986).margin(1e-3));  // float32 in, squared in the moments
  CHECK(d.state == Approx(0.72001922).margin(1e-3));
  CHECK(d.control == Approx(0.05342231).margin(1e-3));
  CHECK(angle.state == Approx(0.47406285).margin(1e-3));
}

}  // namespace tsd::math
