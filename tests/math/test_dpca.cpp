// Numbers of the package dPCA 1.0.5 (scripts/reference/oracles/likeness.py).
#include "tsd/math/dpca.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace tsd::math {
namespace {

constexpr double kExact = 1e-8;  // of the package, whose randomised decomposition has settled

// [factor s of 3, step t of 8, column n of 5]
std::vector<double> waves() {
  std::vector<double> x;
  for (int s = 0; s < 3; ++s)
    for (int t = 0; t < 8; ++t)
      for (int n = 0; n < 5; ++n)
        x.push_back(std::cos(0.9 * n + 0.5 * t) + 0.7 * std::sin(1.3 * n + 1.1 * s) +
                    0.3 * std::cos(0.4 * n * s + 0.6 * t) + 0.1 * n);
  return x;
}

std::vector<double> magnitudes(const DenseD& m, int row) {
  std::vector<double> all(m.row(row), m.row(row) + m.columns);
  for (double& v : all) v = std::abs(v);
  return all;
}

void check(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) CHECK(found[k] == Approx(expected[k]).margin(kExact));
}

}  // namespace

TEST_CASE("dpca: encoders, decoders and what they explain are the package's", "[dpca]") {
  const std::vector<double> x = waves();
  const auto parts = dpca({x, {3}, 8, 5}, {.components = 2, .join_time = false});
  REQUIRE(parts.size() == 3);
  const DpcaPart &s = parts[0], &t = parts[1], &both = parts[2];
  CHECK(s.factors == std::vector<int>{0});
  CHECK_FALSE(s.on_time);
  CHECK(t.factors.empty());
  CHECK(t.on_time);
  CHECK(both.factors == std::vector<int>{0});
  CHECK(both.on_time);
  constexpr double kTotal = 92.22207112;  // to 8 places; so its parts below
  CHECK(s.variance == Approx(19.64501982 / kTotal).epsilon(1e-9));
  CHECK(t.variance == Approx(70.24104489 / kTotal).epsilon(1e-9));
  CHECK(both.variance == Approx(2.33600640 / kTotal).epsilon(1e-8));
  check(s.ratio, {0.1889003917673563, 0.02364606121474775});
  check(t.ratio, {0.6006477920155947, 0.15659733934350512});
  check(both.ratio, {0.021302718897648835, 6.559802204454249e-05});
  check(magnitudes(s.encoder, 0),
        {0.2686348928683443, 0.4614498926642929, 0.5192076036628424, 0.1844691912236956, 0.6413219727108143});
  check(magnitudes(s.decoder, 0),
        {0.5320053204014406, 3.167628828849245, 5.51247544617107, 4.803135390505442, 1.7849669537492874});
  check(magnitudes(both.decoder, 0),
        {2.1470092607230375, 4.50539169154673, 7.010995558275392, 5.240289465288067, 3.046228389343491});
  CHECK(std::abs(t.projected(0, 0)) == Approx(2.20210029).margin(1e-8));
  CHECK(std::abs(t.projected(1, 0)) == Approx(1.94345177).margin(1e-8));
  double least = 0, most = 0;
  for (const double v : s.encoder.span(0)) least = std::min(least, v), most = std::max(most, v);
  CHECK(most > -least);
}

TEST_CASE("dpca: what factors do over time may be theirs", "[dpca]") {
  const std::vector<double> x = waves();
  const auto parts = dpca({x, {3}, 8, 5}, {.components = 2});
  REQUIRE(parts.size() == 2);
  check(parts[0].ratio, {0.19058392295192908, 0.03414638644404141});
  check(magnitudes(parts[0].encoder, 0), {0.26443750133987776, 0.45102370695107524, 0.4962048891444047,
                                          0.20877646651089177, 0.6609413882286752});
  check(parts[1].ratio, {0.6006477920155943, 0.15659733934350517});
  CHECK(parts[0].variance + parts[1].variance == Approx(1).margin(1e-12));
}

TEST_CASE("dpca: a regulariser is a part of the sum of squares", "[dpca]") {
  const std::vector<double> x = waves();
  const auto weak = dpca({x, {3}, 8, 5}, {.components = 2, .regulariser = 1e-4, .join_time = false});
  check(weak[0].ratio, {0.18877830070505783, 0.023557017267947178});
  check(weak[1].ratio, {0.6004730747051505, 0.15632840571859744});
  check(weak[2].ratio, {0.021100719812199967, 6.552014733140287e-05});
  check(magnitudes(weak[0].decoder, 0),
        {0.517809629510273, 3.135894705118758, 5.469592003807442, 4.77338262607209, 1.7709797984171765});
  const auto strong = dpca({x, {3}, 8, 5}, {.components = 2, .regulariser = 1e-2});
  check(strong[0].ratio, {0.15922597439483677, 0.003858498627608888});
  check(strong[1].ratio, {0.5594486485301947, 0.11948097004247676});
  check(magnitudes(strong[1].decoder, 0), {1.0747841339911715, 0.07086815404517287, 0.03919422285456122,
                                           0.07762553128670871, 0.42782829594282235});
}

// Two factors and time, each in a direction of its own: nothing is left of the others in a component, and of what the
// data do not depend on there is none.
TEST_CASE("dpca: factors that lie in different directions are told apart", "[dpca]") {
  std::vector<double> x;
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 3; ++b)
      for (int t = 0; t < 4; ++t) x.insert(x.end(), {2.0 * a, 1.5 * b + a, std::sin(t) + b, 7.0});
  const auto parts = dpca({x, {2, 3}, 4, 4}, {.components = 3});
  REQUIRE(parts.size() == 4);  // a, b, both, time
  CHECK(parts[2].variance == Approx(0).margin(1e-15));
  CHECK(parts[2].encoder.rows == 0);
  for (const int k : {0, 1, 3}) {
    CAPTURE(k);
    REQUIRE(parts[std::size_t(k)].encoder.rows == 1);
    const DenseD& course = parts[std::size_t(k)].projected;
    for (int row = 0; row < course.rows; ++row) {
      const int a = row / 12, b = row / 4 % 3, t = row % 4, like = k == 0 ? a * 12 : k == 1 ? b * 4 : t;
      CHECK(course(row, 0) == Approx(course(like, 0)).margin(1e-12));
    }
  }
  CHECK(dpca({std::vector<double>(24, 7.0), {2}, 3, 4}, {}).empty());
}

}  // namespace tsd::math
