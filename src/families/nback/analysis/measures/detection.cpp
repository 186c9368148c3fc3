#include "families/nback/analysis/measures/detection.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double share(double part, double whole) { return whole > 0 ? part / whole : kNone; }
double z(double part, double whole) {
  return whole > 0 ? normal_quantile((part + 0.5) / (whole + 1)) : kNone;
}

}  // namespace

// Newton's method on the distribution function, which is convex below 0, so that steps from 0 go down to the
// root without passing it.
double normal_quantile(double p) {
  if (p > 0.5) return -normal_quantile(1 - p);
  double x = 0;
  for (int i = 0; i < 1000; ++i) {
    const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double step = (std::erfc(-x / std::numbers::sqrt2) / 2 - p) / density;
    x -= step;
    if (std::abs(step) < 1e-14 * (1 + std::abs(x))) break;
  }
  return x;
}

Detection& Detection::operator+=(const Detection& other) {
  matches += other.matches, hits += other.hits;
  non_matches += other.non_matches, alarms += other.alarms;
  return *this;
}

double Detection::hit_rate() const { return share(hits, matches); }
double Detection::alarm_rate() const { return share(alarms, non_matches); }
double Detection::d_prime() const { return z(hits, matches) - z(alarms, non_matches); }
double Detection::criterion() const { return -(z(hits, matches) + z(alarms, non_matches)) / 2; }

}  // namespace tsd::nback
