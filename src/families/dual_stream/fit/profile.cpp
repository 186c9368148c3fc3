#include "families/dual_stream/fit/profile.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::dual_stream {

namespace {

constexpr double kReach = 1.959963984540054;  // root of chi2_1's 95 % quantile
constexpr double kNear = 0.01;                // of a root, at the end of the interval
constexpr double kAtTheEnd = 1e-9;            // of the range
constexpr double kFirstDistance = 0.02;
constexpr double kLeastGrowth = 1.3, kMostGrowth = 4;  // of distances while the end is not passed
constexpr double kMargin = 0.1;  // of a bracket, that the next point keeps from its ends

// Of twice the rise: nearly linear in the parameter where the likelihood is nearly normal.
double root_of_rise(double value, double least) {
  const double rise = value - least;
  return std::isfinite(rise) ? std::sqrt(2 * std::max(0.0, rise)) : HUGE_VAL;
}

// Where a line from `a` to `b` passes kReach, as a share of the way.
double share_of_way(double a, double b) { return std::isfinite(b) ? (kReach - a) / (b - a) : 0; }

}  // namespace

ProfileSide::ProfileSide(Options options) : options_(std::move(options)) {
  if (std::isfinite(options_.best.value)) go_on();
}

std::optional<std::vector<double>> ProfileSide::ask() const {
  if (!asking_) return std::nullopt;
  std::vector<double> place = fit_ ? *fit_->ask() : std::vector<double>();
  place.insert(place.begin() + static_cast<std::ptrdiff_t>(options_.parameter), held_);
  return place;
}

void ProfileSide::tell(double value) {
  const std::vector<double> place = *ask();
  values_.push_back(value);
  if (!std::isfinite(value)) value = HUGE_VAL;
  if (current_.place.empty() || value < current_.value) current_ = {place, value};
  if (fit_) {
    fit_->tell(value);
    if (fit_->ask()) return;
  }
  points_.push_back(current_);
  asking_ = false;
  go_on();
}

void ProfileSide::go_on() {
  if (const auto next = next_distance()) begin_point(*next);
}

double ProfileSide::distance(const ProfilePoint& point) const {
  return std::abs(point.place[options_.parameter] - options_.best.place[options_.parameter]);
}

double ProfileSide::root(double value) const { return root_of_rise(value, options_.best.value); }

void ProfileSide::begin_point(double distance) {
  held_ = std::clamp(options_.best.place[options_.parameter] + options_.direction * distance, 0.0, 1.0);
  current_ = {};
  asking_ = true;
  const std::vector<double> others = others_near(distance);
  fit_.reset();
  if (!others.empty())
    fit_.emplace(math::Minimiser::Options{options_.seed, options_.evaluations, others, true});
}

// Of the nearest point that has a value.
std::vector<double> ProfileSide::others_near(double at) const {
  const ProfilePoint* nearest = &options_.best;
  for (const ProfilePoint& point : points_)
    if (std::isfinite(point.value) && std::abs(distance(point) - at) < std::abs(distance(*nearest) - at))
      nearest = &point;
  std::vector<double> others = nearest->place;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(options_.parameter));
  return others;
}

// Farther as long as the end is not passed, then between the two points about it.
std::optional<double> ProfileSide::next_distance() const {
  const double from = options_.best.place[options_.parameter];
  const double limit = options_.direction > 0 ? 1 - from : from;
  double in = 0, root_in = 0, out = HUGE_VAL, root_out = HUGE_VAL;
  bool near = false;
  for (const ProfilePoint& point : points_) {
    const double r = root(point.value), d = distance(point);
    near = near || std::abs(r - kReach) < kNear;
    if (r >= kReach && d < out) out = d, root_out = r;
  }
  for (const ProfilePoint& point : points_)
    if (const double d = distance(point); d < out && d > in) in = d, root_in = root(point.value);
  const bool passed = out < HUGE_VAL;
  if ((near && passed) || in >= limit - kAtTheEnd || std::ssize(points_) >= kMostProfilePoints)
    return std::nullopt;
  if (passed) {
    const double share = std::isfinite(root_out) ? share_of_way(root_in, root_out) : 0.5;
    return in + std::clamp(share, kMargin, 1 - kMargin) * (out - in);
  }
  if (in == 0) return std::min(kFirstDistance, limit);
  return std::min(in * std::clamp(kReach / root_in, kLeastGrowth, kMostGrowth), limit);
}

math::Interval profile_interval(std::vector<ProfilePoint> points, std::size_t parameter) {
  const auto by_place = [parameter](const ProfilePoint& p) { return p.place[parameter]; };
  std::ranges::sort(points, {}, by_place);
  const auto best = std::ranges::min_element(points, {}, &ProfilePoint::value);
  const double least = best->value;
  const auto crossing = [&](auto inner, auto end) {
    for (auto outer = std::next(inner); outer != end; inner = outer++) {
      const double a = root_of_rise(inner->value, least), b = root_of_rise(outer->value, least);
      if (b >= kReach) return std::lerp(by_place(*inner), by_place(*outer), share_of_way(a, b));
    }
    return std::nan("");
  };
  return {crossing(std::make_reverse_iterator(std::next(best)), points.rend()), crossing(best, points.end())};
}

}  // namespace tsd::dual_stream
