// NumPy's Poisson numbers from any source of uniform ones: products below rate 10, Hoermann's transformed
// rejection (PTRS) from there on. Hoermann 1993, doi:10.1016/0167-6687(93)90997-4
#pragma once
#include <cmath>
#include <cstdint>

namespace tsd {

// random(): 53 bits in [0, 1).
template <class Random>
std::int64_t poisson(double rate, const Random& random) {
  if (rate == 0) return 0;
  if (rate < 10) {
    const double limit = std::exp(-rate);
    std::int64_t k = 0;
    for (double product = random(); product > limit; product *= random()) ++k;
    return k;
  }
  const double root = std::sqrt(rate), log_rate = std::log(rate);
  const double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random() - 0.5, v = random(), us = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<std::int64_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b) <=
        -rate + k * log_rate - std::lgamma(k + 1))
      return static_cast<std::int64_t>(k);
  }
}

}  // namespace tsd
