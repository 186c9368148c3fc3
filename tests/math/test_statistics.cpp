// Statistics beside SciPy 1.17.
#include "tsd/math/statistics.hpp"

#include "support/catch.hpp"

using namespace tsd::math;

TEST_CASE("statistics: quantiles of the normal distribution, as scipy.stats.norm.ppf", "[statistics]") {
  const std::pair<double, double> known[] = {{1e-6, -4.7534243088228987}, {0.02, -2.053748910631823},
                                             {0.3, -0.52440051270804089}, {0.5, 0},
                                             {0.7, 0.52440051270804067},  {0.975, 1.959963984540054}};
  for (const auto& [p, x] : known) CHECK(normal_quantile(p) == Approx(x).epsilon(1e-13).margin(1e-15));
}

TEST_CASE("statistics: the z of a share is finite at both ends", "[statistics]") {
  CHECK(z_of_share(20, 20) == Approx(1.9807523966472789).epsilon(1e-13));
  CHECK(z_of_share(0, 20) == Approx(-1.9807523966472789).epsilon(1e-13));
}
