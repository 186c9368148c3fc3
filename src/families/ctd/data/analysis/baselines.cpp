#include "families/ctd/data/analysis/baselines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tsd/engine/run/log.hpp"
#include "tsd/math/factor_analysis.hpp"
#include "tsd/math/gpfa.hpp"
#include "tsd/math/ridge.hpp"

namespace tsd::ctd_data {

namespace {

constexpr std::array kPenalties = {1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3, 1e4};
constexpr double kLeastShare = 0.05;  // of a neuron's mean count: no line says that it never fires
constexpr double kLeastRate = 1e-9;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
int width(const Grid& grid) { return static_cast<int>(grid.columns); }

std::vector<double> means(const Grid& counts) { return math::Columns(counts.values, width(counts)).mean; }

// Missing counts as none.
Grid known(Grid counts) {
  for (float& y : counts.values)
    if (std::isnan(y)) y = 0;
  return counts;
}

// Lines from features to counts, their penalty chosen by training trials.
math::Regression read_out(const Grid& features, const Grid& counts) {
  return math::cross_validated_ridge(math::Columns(features.values, width(features)),
                                     math::Columns(counts.values, width(counts)), kPenalties);
}

Grid applied(const math::Regression& fit, const Grid& features, std::int64_t neurons) {
  return {features.trials, features.steps, neurons, math::predict(fit, features.values)};
}

// The last encoded step's features again for each step to predict.
Grid held(const Grid& features, std::int64_t steps) {
  Grid last{features.trials, steps, features.columns, {}};
  for (std::int64_t i = 0; i < features.trials; ++i)
    for (std::int64_t t = 0; t < steps; ++t) {
      const float* from = features.at(i, features.steps - 1);
      last.values.insert(last.values.end(), from, from + features.columns);
    }
  return last;
}

// Rates from parts, none below a share of the neuron's mean: [held-in | held-out], then later steps.
Grid assembled(const Grid& heldin, const Grid& heldout, const Grid& later, const std::vector<double>& mean) {
  Grid all{heldin.trials, heldin.steps + later.steps, heldin.columns + heldout.columns, {}};
  const auto append = [&](const Grid& part, std::int64_t i, std::int64_t t) {
    if (part.columns > 0) all.values.insert(all.values.end(), part.at(i, t), part.at(i, t) + part.columns);
  };
  for (std::int64_t i = 0; i < all.trials; ++i) {
    for (std::int64_t t = 0; t < heldin.steps; ++t) append(heldin, i, t), append(heldout, i, t);
    for (std::int64_t t = 0; t < later.steps; ++t) append(later, i, t);
  }
  for (std::size_t k = 0; k < all.values.size(); ++k)
    all.values[k] = static_cast<float>(
        std::max({double{all.values[k]}, kLeastShare * mean[k % mean.size()], kLeastRate}));
  return all;
}

struct Features {
  Grid train, eval;
};

// A map of rows of numbers to rows of `wanted`.
template <class Map>
Grid mapped(const Grid& grid, int wanted, const Map& map) {
  return {grid.trials, grid.steps, wanted, map(grid.values)};
}

Features factors(int q, const Features& smooth) {
  Features roots = smooth;
  for (Grid* grid : {&roots.train, &roots.eval})
    for (float& x : grid->values) x = std::sqrt(x);
  const auto model = math::factor_analysis(math::Columns(roots.train.values, width(roots.train)), q);
  const auto map = [&](const std::vector<float>& values) { return math::factors_of(model, values); };
  return {mapped(roots.train, q, map), mapped(roots.eval, q, map)};
}

// As elephant, fitted to pieces of trials; they overlap where a trial is not a multiple of their length.
math::Gpfa fitted_gpfa(int q, const Grid& roots) {
  constexpr int kSteps = 20, kIterations = 100;
  const std::int64_t steps = std::min<std::int64_t>(kSteps, roots.steps),
                     pieces = (roots.steps + steps - 1) / steps;
  std::vector<float> values;
  for (std::int64_t i = 0; i < roots.trials; ++i)
    for (std::int64_t k = 0; k < pieces; ++k) {
      const std::int64_t first = pieces > 1 ? k * (roots.steps - steps) / (pieces - 1) : 0;
      values.insert(values.end(), roots.at(i, first), roots.at(i, first) + steps * roots.columns);
    }
  math::GpfaSettings settings;
  settings.factors = q, settings.iterations = kIterations;
  return math::fit_gpfa({values, static_cast<int>(steps), width(roots)}, settings).model;
}

Features gpfa(int q, Features roots) {
  for (Grid* grid : {&roots.train, &roots.eval})
    for (float& x : grid->values) x = std::sqrt(x);
  const math::Gpfa model = fitted_gpfa(q, roots.train);
  const auto of = [&](const Grid& grid) {
    return Grid{grid.trials, grid.steps, q,
                math::factors_of(model, {grid.values, static_cast<int>(grid.steps), width(grid)})};
  };
  return {of(roots.train), of(roots.eval)};
}

Features features_of(const std::string& name, const NlbSettings& settings, const Features& seen,
                     const Features& smooth) {
  const int q = std::min(settings.latents, width(seen.train) - 1);
  if (name == "smoothing" || q < 1) return smooth;
  if (q < settings.latents)
    log_warning("nlb.latents: " + name + " has " + std::to_string(q) +
                ": expected fewer latents than held-in neurons, " + std::to_string(width(seen.train)) +
                ", got " + std::to_string(settings.latents));
  return name == "gpfa" ? gpfa(q, seen) : factors(q, smooth);
}

}  // namespace

Grid smoothed(const Grid& counts, double deviation, bool own) {
  const auto reach = std::int64_t{std::llround(4 * deviation)};
  std::vector<double> kernel;
  for (std::int64_t k = 0; k <= reach; ++k)
    kernel.push_back(std::exp(-0.5 * static_cast<double>(k * k) / (deviation * deviation)));
  if (!own) kernel[0] = 0;
  Grid out = counts;
  std::vector<double> sums(index(counts.columns));
  for (std::int64_t i = 0; i < counts.trials; ++i)
    for (std::int64_t t = 0; t < counts.steps; ++t) {
      std::ranges::fill(sums, 0.0);
      double weight = 0;
      for (std::int64_t s = std::max<std::int64_t>(0, t - reach); s < std::min(counts.steps, t + reach + 1);
           ++s) {
        const double w = kernel[index(std::abs(s - t))];
        weight += w;
        for (std::size_t n = 0; n < sums.size(); ++n) sums[n] += w * counts.at(i, s)[n];
      }
      for (std::size_t n = 0; n < sums.size(); ++n)
        out.values[index((i * counts.steps + t) * counts.columns) + n] =
            weight > 0 ? static_cast<float>(sums[n] / weight) : 0;
    }
  return out;
}

double best_deviation(const Grid& counts, const std::vector<double>& deviations) {
  const auto mean = means(counts);
  double best = deviations[0], most = -std::numeric_limits<double>::infinity();
  for (const double deviation : deviations) {
    const Grid others = smoothed(counts, deviation, false);
    double sum = 0;
    for (std::size_t k = 0; k < counts.values.size(); ++k) {
      const double rate =
          std::max({double{others.values[k]}, kLeastShare * mean[k % mean.size()], kLeastRate});
      sum += counts.values[k] * std::log(rate) - rate;
    }
    if (sum > most) most = sum, best = deviation;
  }
  return best;
}

// Held-in rates are the smoothed counts, or lines of latents to these; held-out ones and later steps are lines
// of features to counts.
Rates baseline(const std::string& name, const NlbSettings& settings, const Counts& counts) {
  const std::int64_t encoded = counts.eval.steps, N_in = counts.eval.columns, T = counts.train.steps,
                     N = counts.train.columns;
  const Grid train = known(counts.train);
  const Features seen{train.part(0, encoded, 0, N_in), known(counts.eval)};
  const double deviation = best_deviation(seen.train, settings.smoothing_sd);
  const Features smooth{smoothed(seen.train, deviation), smoothed(seen.eval, deviation)},
      features = features_of(name, settings, seen, smooth);
  Features heldin = smooth, heldout, later;
  if (name != "smoothing") {
    const auto fit = read_out(features.train, smooth.train);
    heldin = {applied(fit, features.train, N_in), applied(fit, features.eval, N_in)};
  }
  if (N > N_in) {
    const auto fit = read_out(features.train, train.part(0, encoded, N_in, N));
    heldout = {applied(fit, features.train, N - N_in), applied(fit, features.eval, N - N_in)};
  }
  if (T > encoded) {
    const Features last{held(features.train, T - encoded), held(features.eval, T - encoded)};
    const auto fit = read_out(last.train, train.part(encoded, T, 0, N));
    later = {applied(fit, last.train, N), applied(fit, last.eval, N)};
  }
  const auto mean = means(train);
  return {assembled(heldin.train, heldout.train, later.train, mean),
          assembled(heldin.eval, heldout.eval, later.eval, mean)};
}

}  // namespace tsd::ctd_data
