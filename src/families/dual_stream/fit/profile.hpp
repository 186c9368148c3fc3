// The profile of a likelihood (dual_stream.md 13.3): the best value with one parameter held and all others fitted
// anew, over values of that one. Where - ln L has risen by half of the 95 % quantile of chi2 (1 degree of freedom),
// the interval of the parameter ends.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "tsd/math/minimiser.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::dual_stream {

constexpr int kMostProfilePoints = 12;  // of each side of a parameter

struct ProfilePoint {
  std::vector<double> place;  // in [0, 1] of each parameter's range
  double value;               // - ln L
};

// From the best point to one side. It asks for values as a Minimiser does.
class ProfileSide {
 public:
  struct Options {
    std::size_t parameter;
    int direction;      // -1 down, 1 up
    ProfilePoint best;  // with the parameter free
    int evaluations;    // at most, for the others at each point
    std::uint64_t seed;
  };
  explicit ProfileSide(Options options);

  std::optional<std::vector<double>> ask() const;  // place of every parameter; nothing: at its end
  void tell(double value);

  const std::vector<ProfilePoint>& points() const { return points_; }  // as they were tried
  const std::vector<double>& values() const { return values_; }        // all that was told

 private:
  void begin_point(double distance);
  void go_on();
  std::optional<double> next_distance() const;
  double distance(const ProfilePoint& point) const;
  double root(double value) const;
  std::vector<double> others_near(double distance) const;

  Options options_;
  std::vector<ProfilePoint> points_;
  std::vector<double> values_;
  bool asking_ = false;
  double held_ = 0;                     // place of the parameter at this point
  std::optional<math::Minimiser> fit_;  // of the others; none where there are no others
  ProfilePoint current_;
};

// Places where the profile through these points crosses; NaN where it does not within the range.
math::Interval profile_interval(std::vector<ProfilePoint> points, std::size_t parameter);

}  // namespace tsd::dual_stream
