#include "tsd/math/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace tsd::math {

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Smallest k with P(X <= k) >= level, X binomial.
int binomial_quantile(int n, double p, double level) {
  double below = 0;
  for (int k = 0; k <= n; ++k) {
    const double log_mass = std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) +
                            k * std::log(p) + (n - k) * std::log1p(-p);
    below += std::exp(log_mass);
    if (below >= level) return k;
  }
  return n;
}
}  // namespace

Interval bootstrap_interval(int correct, int n) {
  if (n == 0) return {kNone, kNone};
  if (correct == 0 || correct == n) return {double(correct) / n, double(correct) / n};
  const double p = double(correct) / n;
  return {double(binomial_quantile(n, p, 0.025)) / n, double(binomial_quantile(n, p, 0.975)) / n};
}

Interval percentiles(std::vector<double> values) {
  if (values.empty()) return {kNone, kNone};
  std::sort(values.begin(), values.end());
  const auto at = [&](double level) {
    const double place = level * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {at(0.025), at(0.975)};
}

double normalised(double accuracy, int K) { return (accuracy - 1.0 / K) / (1 - 1.0 / K); }

int Answers::correct() const {
  int count = 0;
  for (std::size_t i = 0; i < label.size(); ++i) count += label[i] == predicted[i];
  return count;
}

double Answers::accuracy() const { return label.empty() ? kNone : double(correct()) / double(label.size()); }

Null null_of(const std::vector<double>& accuracies, double accuracy) {
  if (accuracies.empty()) return {kNone, kNone, kNone};
  double sum = 0, squares = 0, as_good = 1;
  for (const double other : accuracies) {
    sum += other;
    squares += other * other;
    as_good += other >= accuracy;
  }
  const auto n = static_cast<double>(accuracies.size());
  const double mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean)), as_good / (n + 1)};
}

Null shuffled(const Answers& answers, int shuffles, Philox& rng) {
  Answers other = answers;
  std::vector<double> accuracies;
  for (int s = 0; s < shuffles && !answers.label.empty(); ++s) {
    shuffle(other.label, rng);
    accuracies.push_back(other.accuracy());
  }
  return null_of(accuracies, answers.accuracy());
}

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

double z_of_share(double count, double total) { return normal_quantile((count + 0.5) / (total + 1)); }

void shuffle(std::vector<int>& values, Philox& rng) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
}

std::vector<int> resample_counts(int n, Philox& rng) {
  std::vector<int> counts(n);
  for (int i = 0; i < n; ++i) ++counts[rng.below(n)];
  return counts;
}

}  // namespace tsd::math
