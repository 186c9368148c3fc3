#include "families/plastic/analysis/idealised.hpp"

#include "support/catch.hpp"

namespace tsd::plastic {

// With a = sqrt(2 e) (erfcinv(2 fpr) - erfcinv(2 tpr)) and gamma = 1 - a^2 f / (2 D N), f = 2/3 (plastic.md
// 12): erfcinv(0.02) = 1.6449763571 = -erfcinv(1.98), so that a = 7.6708939 and, for D N = 2500, gamma =
// 0.99215444.
TEST_CASE("plastic idealised: the closed form", "[plastic]") {
  const Idealised model{100, 25, 0.01, 0.99};
  const double a = std::sqrt(2 * std::exp(1.0)) * 2 * 1.6449763571,
               gamma = 1 - a * a * (2.0 / 3) / (2 * 2500.0);
  for (const double R : {1.0, 4.0, 30.0, 500.0}) {
    const auto rates = idealised_rates(model, R);
    CHECK(rates.fpr == Approx(0.01).epsilon(1e-9));
    CHECK(rates.tpr ==
          Approx(0.5 * std::erfc(1.6449763571 - a * std::pow(gamma, R - 1) / std::sqrt(2.0))).margin(1e-8));
  }
  CHECK(idealised_capacity(model) == Approx(1 + 0.5 / -std::log(gamma)).epsilon(1e-8));
  CHECK(idealised_rates(model, idealised_capacity(model)).tpr == Approx(0.99).epsilon(1e-9));
  CHECK(idealised_rates(model, 1e6).tpr == Approx(0.01).epsilon(1e-6));  // nothing is left
}

}  // namespace tsd::plastic
