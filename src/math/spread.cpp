#include "tsd/math/spread.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace tsd::math {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// P(|t| < x) for whole degrees of freedom: Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.
double student_probability(int n, double x) {
  const double theta = std::atan(x / std::sqrt(static_cast<double>(n)));
  const double c = std::cos(theta), s = std::sin(theta);
  double term = n % 2 == 1 ? c : 1, sum = n == 1 ? 0 : term;
  for (int k = n % 2 == 1 ? 3 : 2; k < n; k += 2) {
    term *= c * c * (k - 1) / k;
    sum += term;
  }
  return n % 2 == 1 ? 2 / std::numbers::pi * (theta + s * sum) : s * sum;
}

}  // namespace

double student_quantile(int n, double confidence) {
  double low = 0, high = 1;
  while (student_probability(n, high) < confidence) high *= 2;
  for (int k = 0; k < 100; ++k) {
    const double middle = (low + high) / 2;
    (student_probability(n, middle) < confidence ? low : high) = middle;
  }
  return (low + high) / 2;
}

Spread spread(const std::vector<double>& values, double confidence) {
  Spread s{0, 0, kNone, kNone};
  double squares = 0;
  for (const double v : values)
    if (std::isfinite(v)) ++s.n, s.mean += v;
  s.mean = s.n > 0 ? s.mean / s.n : kNone;
  if (s.n < 2) return s;
  for (const double v : values)
    if (std::isfinite(v)) squares += (v - s.mean) * (v - s.mean);
  s.sd = std::sqrt(squares / (s.n - 1));
  s.half_width = student_quantile(s.n - 1, confidence) * s.sd / std::sqrt(static_cast<double>(s.n));
  return s;
}

}  // namespace tsd::math
