// Against the hand values of compare.md 11.1.
#include "tsd/math/regression.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "tsd/math/spikes.hpp"

namespace tsd::math {

TEST_CASE("regression: R2 weighted by variance, and of each column", "[regression]") {
  const std::vector<float> y = {1, 10, 2, 12, 3, 11, 4, 15},
                           p = {1.1f, 10.5f, 1.9f, 11.5f, 3.2f, 11.5f, 3.7f, 14};
  const Errors e = errors(p, Columns(y, 2));
  // Inputs are float32.
  CHECK(e.weighted_r2() == Approx(0.900).margin(2e-7));
  CHECK(1 - e.of_prediction[0] / e.of_mean[0] == Approx(0.970).margin(2e-7));
  CHECK(1 - e.of_prediction[1] / e.of_mean[1] == Approx(0.875).margin(2e-7));
  CHECK(e.mean_r2() == Approx((0.970 + 0.875) / 2).margin(2e-7));
}

TEST_CASE("regression: R2 of what does not vary", "[regression]") {
  const std::vector<float> constant = {2, 2, 2}, off = {2, 2, 3};
  CHECK(errors(constant, Columns(constant, 1)).weighted_r2() == 1);
  CHECK(errors(off, Columns(constant, 1)).weighted_r2() == 0);
  CHECK(std::isnan(errors(constant, Columns(constant, 1)).defined_r2()));
  CHECK(errors(constant, Columns(off, 1)).defined_r2() == errors(constant, Columns(off, 1)).weighted_r2());
}

TEST_CASE("regression: state R2 fits on training trials and counts on others", "[regression]") {
  const std::vector<float> x = {0, 1, 2, 3}, y = {1, 0, 3, -1, 5, -2, 7, -3};
  const std::vector<float> x_val = {1, 4}, y_val = {3.2f, -1, 8.8f, -4.2f};
  const Columns train(x, 1), target(y, 2);
  const Regression fit = regress(train, target);
  CHECK(fit.weights(0, 0) == Approx(2));
  CHECK(fit.intercept(0) == Approx(1));
  CHECK(errors(fit, Columns(x_val, 1), Columns(y_val, 2)).weighted_r2() ==
        Approx(1 - 0.12 / 20.8).margin(1e-7));
}

TEST_CASE("regression: least squares of dependent predictors takes the least weights", "[regression]") {
  const std::vector<float> x = {0, 0, 1, 1, 2, 2, 5, 5}, y = {1, 3, 5, 11};  // y = 1 + 2 x = 1 + x + x
  const Columns both(x, 2), target(y, 1);
  const Regression fit = regress(both, target);
  CHECK(fit.weights(0, 0) == Approx(1));
  CHECK(fit.weights(1, 0) == Approx(1));
}

TEST_CASE("spikes: bits per spike of all neurons and of the last", "[regression]") {
  const std::vector<double> log_rates = {.1, -.2, .3, 0, -.5, .4, 0, .2, .6, -.1, .2, .2};
  const std::vector<float> spikes = {1, 0, 2, 1, 0, 3, 0, 1, 4, 0, 1, 1};
  std::vector<float> rates;
  for (const double l : log_rates) rates.push_back(static_cast<float>(std::exp(l)));
  CHECK(bits_per_spike(rates, spikes, 2, 0, 2) == Approx(0.292172845).margin(1e-7));
  CHECK(bits_per_spike(rates, spikes, 2, 1, 2) == Approx(0.226455405).margin(1e-7));
}

TEST_CASE("spikes: silent rates cost nothing where there is no spike", "[regression]") {
  const std::vector<float> rates = {0, 1, 0, 1}, spikes = {0, 1, 0, 1};
  CHECK(std::isfinite(bits_per_spike(rates, spikes, 2, 0, 2)));
}

TEST_CASE("regression: principal components of a stretched cloud", "[regression]") {
  // Along (3, 4) / 5 with standard deviation 3 times that across.
  std::vector<float> x;
  for (const auto& [along, across] : std::vector<std::pair<float, float>>{{3, 1}, {3, -1}, {-3, 1}, {-3, -1}})
    x.insert(x.end(), {7 + along * 0.6f - across * 0.8f, along * 0.8f + across * 0.6f});
  const Components c = principal_components(Columns(x, 2));
  CHECK(c.variance_ratio[0] == Approx(0.9));
  CHECK(c.directions(0, 0) == Approx(0.6));
  CHECK(c.directions(0, 1) == Approx(0.8));
  CHECK(c.mean[0] == Approx(7));
}

}  // namespace tsd::math
