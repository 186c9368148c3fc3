#include "families/nback/analysis/measures/detection.hpp"

#include <limits>

#include "tsd/math/statistics.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double share(double part, double whole) { return whole > 0 ? part / whole : kNone; }
double z(double part, double whole) { return whole > 0 ? math::z_of_share(part, whole) : kNone; }

}  // namespace

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
