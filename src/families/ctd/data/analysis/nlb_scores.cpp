#include "families/ctd/data/analysis/nlb_scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>

#include "tsd/error.hpp"
#include "tsd/math/ridge.hpp"

namespace tsd::ctd_data {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastRate = 1e-9;
// numpy.logspace(-4, 0, 9)
const std::array<double, 9> kPenalties = {1e-4, std::pow(10, -3.5), 1e-3, std::pow(10, -2.5),
                                          1e-2, std::pow(10, -1.5), 1e-1, std::pow(10, -0.5),
                                          1};

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// But for the constant of the count.
double nll(double rate, double count) {
  if (rate == 0) rate = kLeastRate;
  return rate - count * std::log(rate);
}

double mean_of(std::span<const double> values) {
  return values.empty()
             ? kNan
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Rows of steps of the chosen trials whose behaviour is there, rates and behaviour.
struct Rows {
  std::vector<float> rates, behavior;
};
Rows rows_of(const Decoded& d, const std::vector<std::uint8_t>* chosen) {
  Rows rows;
  for (std::int64_t i = 0; i < d.rates.trials; ++i) {
    if (chosen && !(*chosen)[index(i)]) continue;
    for (std::int64_t t = 0; t < d.rates.steps; ++t) {
      const float *x = d.rates.at(i, t), *y = d.behavior.at(i, t);
      if (std::isnan(y[0])) continue;
      rows.rates.insert(rows.rates.end(), x, x + d.rates.columns);
      rows.behavior.insert(rows.behavior.end(), y, y + d.behavior.columns);
    }
  }
  return rows;
}

double decoded(const Decoded& train, const Decoded& eval, std::size_t group) {
  const auto rows = [&](const Decoded& d) {
    return rows_of(d, d.groups.empty() ? nullptr : &d.groups[group]);
  };
  const Rows fitted = rows(train), scored = rows(eval);
  const int n = static_cast<int>(train.rates.columns), k = static_cast<int>(train.behavior.columns);
  constexpr std::size_t kLeast = 5;  // one for each fold
  if (fitted.rates.size() < kLeast * index(n) || scored.rates.empty()) return kNan;
  const math::Columns x(fitted.rates, n), y(fitted.behavior, k);
  const auto fit = math::cross_validated_ridge(x, y, kPenalties);
  return math::errors(fit, math::Columns(scored.rates, n), math::Columns(scored.behavior, k)).mean_r2();
}

double correlation(std::span<const double> x, std::span<const double> y) {
  const double mx = mean_of(x), my = mean_of(y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t k = 0; k < x.size(); ++k)
    xx += (x[k] - mx) * (x[k] - mx), yy += (y[k] - my) * (y[k] - my), xy += (x[k] - mx) * (y[k] - my);
  return xy / std::sqrt(xx * yy);
}

// Mean distance of successive rates, where the trial's spikes are scored.
double speed(const Grid& rates, const Grid& spikes, std::int64_t trial) {
  const float* before = nullptr;
  double sum = 0;
  std::int64_t steps = 0;
  for (std::int64_t t = 0; t < rates.steps; ++t) {
    if (std::isnan(spikes.at(trial, t)[0])) continue;
    const float* now = rates.at(trial, t);
    if (before) {
      double square = 0;
      for (std::int64_t n = 0; n < rates.columns; ++n) {
        const double d = double{now[n]} - before[n];
        square += d * d;
      }
      sum += std::sqrt(square), ++steps;
    }
    before = now;
  }
  return sum / static_cast<double>(steps);
}

}  // namespace

Grid Grid::part(std::int64_t first_step, std::int64_t last_step, std::int64_t first,
                std::int64_t last) const {
  Grid some{trials, last_step - first_step, last - first, {}};
  for (std::int64_t i = 0; i < trials; ++i)
    for (std::int64_t t = first_step; t < last_step; ++t)
      some.values.insert(some.values.end(), at(i, t) + first, at(i, t) + last);
  return some;
}

double nlb_bits_per_spike(const Grid& rates, const Grid& spikes) {
  const std::int64_t rows = spikes.trials * spikes.steps, N = spikes.columns;
  double gain = 0, total = 0;
  for (std::int64_t n = 0; n < N; ++n) {
    double sum = 0, found = 0;
    const auto each = [&](const auto& use) {
      for (std::int64_t k = n; k < rows * N; k += N)
        if (!std::isnan(spikes.values[index(k)])) use(double{spikes.values[index(k)]}, index(k));
    };
    each([&](double y, std::size_t) { sum += y, ++found; });
    const double mean = sum / found;
    each([&](double y, std::size_t k) { gain += nll(mean, y) - nll(rates.values[k], y); });
    total += sum;
  }
  return total > 0 ? gain / total / std::numbers::ln2 : kNan;
}

double decoding_r2(const Decoded& train, const Decoded& eval) {
  std::vector<double> scores;
  for (std::size_t g = 0; g < std::max<std::size_t>(1, train.groups.size()); ++g)
    scores.push_back(decoded(train, eval, g));
  return mean_of(scores);
}

double psth_r2(const Grid& psth, const Grid& rates, const std::vector<std::vector<std::int64_t>>& trials,
               std::span<const std::int64_t> jitter) {
  std::vector<float> truth;
  std::vector<float> predicted;
  for (std::size_t c = 0; c < trials.size(); ++c) {
    if (trials[c].empty()) continue;
    for (std::int64_t t = 0; t < psth.steps; ++t) {
      const float* average = psth.at(static_cast<std::int64_t>(c), t);
      if (std::isnan(average[0])) continue;
      std::vector<double> mean(index(psth.columns));
      for (const std::int64_t i : trials[c]) {
        const std::int64_t step = t - (jitter.empty() ? 0 : jitter[index(i)]);
        if (step < 0 || step >= rates.steps)
          throw DataError("psth: expected rates at every scored step, got none at step " + std::to_string(t) +
                          " of condition " + std::to_string(c) + ", trial " + std::to_string(i) +
                          " (jitter " + std::to_string(jitter[index(i)]) + ")");
        for (std::size_t n = 0; n < mean.size(); ++n) mean[n] += rates.at(i, step)[n];
      }
      truth.insert(truth.end(), average, average + psth.columns);
      for (const double sum : mean)
        predicted.push_back(static_cast<float>(sum / static_cast<double>(trials[c].size())));
    }
  }
  if (truth.empty()) return kNan;
  return math::errors(predicted, math::Columns(truth, static_cast<int>(psth.columns))).mean_r2();
}

double speed_correlation(const Grid& rates, const Grid& spikes, const Grid& behavior) {
  struct Group {
    std::vector<double> speeds, times;
  };
  std::map<std::array<float, 3>, Group> groups;
  for (std::int64_t i = 0; i < rates.trials; ++i) {
    const float* row = behavior.at(i, 0);
    if (std::isnan(row[0]) || std::isnan(row[1]) || std::isnan(row[2])) continue;
    Group& group = groups[{row[0], row[1], row[2]}];
    group.speeds.push_back(speed(rates, spikes, i));
    group.times.push_back(row[behavior.columns - 1]);
  }
  std::vector<double> all;
  for (const auto& [key, group] : groups) all.push_back(correlation(group.speeds, group.times));
  return mean_of(all);
}

}  // namespace tsd::ctd_data
