// What a fit leaves in results.h5: the run with the best parameters, and /fit.
#include <cmath>
#include <cstdio>

#include "families/dual_stream/fit/fit_experiment.hpp"
#include "families/dual_stream/outputs.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::dual_stream {

std::vector<Output> fit_outputs() {
  const std::string each = "parameter";
  return {
      {"/fit/parameters", each, "", "key paths of what was fitted (fit)"},
      {"/fit/best", each, "",
       "best value of each; of individuals the median; the run in this file has it (fit)"},
      {"/fit/bounds", "parameter,2", "", "range that was searched (fit)"},
      {"/fit/value", "", "", "what was made small: sum of squared differences, or - log likelihood (fit)"},
      {"/fit/rmsd", "", "probability", "root mean squared difference; NaN of single answers (fit)"},
      {"/fit/log_likelihood", "", "nat",
       "at the best point; curves: binomial, NaN without numbers of answers (fit)"},
      {"/fit/n", "", "", "cells of the curves, or answers (fit)"},
      {"/fit/aic", "", "", "Akaike's criterion; of squared differences n ln(SSE / n) + 2 m (fit)"},
      {"/fit/bic", "", "", "Schwarz' criterion; n ln(SSE / n) + m ln n (fit)"},
      {"/fit/searches/value", "search", "", "least value that each search found (fit)"},
      {"/fit/searches/best", "search,parameter", "", "where (fit)"},
      {"/fit/searches/models", "search", "", "models that it tried (fit)"},
      {"/fit/individual/participant", "participant", "", "their names in the target (fit.individual)"},
      {"/fit/individual/best", "participant,parameter", "", "best parameters of each (fit.individual)"},
      {"/fit/individual/log_likelihood", "participant", "nat", "of each at the best point (fit.individual)"},
      {"/fit/individual/answers", "participant", "answers", "of each (fit.individual)"},
      {"/fit/individual/low", "participant,parameter", "",
       "lower end of the 95 % interval by the profile; NaN: beyond fit.low (fit.individual, fit.profile)"},
      {"/fit/individual/high", "participant,parameter", "",
       "upper end; NaN: beyond fit.high (fit.individual, fit.profile)"},
      {"/fit/profile/low", each, "",
       "lower end of the 95 % interval by the profile of the likelihood; NaN: beyond fit.low (fit.profile, "
       "not fit.individual)"},
      {"/fit/profile/high", each, "", "upper end; NaN: beyond fit.high (fit.profile, not fit.individual)"},
      {"/fit/profile/held", "point", "", "which parameter is held, from 0 (fit.profile, not fit.individual)"},
      {"/fit/profile/best", "point,parameter", "",
       "the held one and the best values of the others (fit.profile, not fit.individual)"},
      {"/fit/profile/log_likelihood", "point", "nat", "there (fit.profile, not fit.individual)"},
      {"/fit/bootstrap/best", "resample,parameter", "", "best parameters for each resample (fit.bootstrap)"},
      {"/fit/bootstrap/low", each, "", "lower end of the 95 % interval of each parameter (fit.bootstrap)"},
      {"/fit/bootstrap/high", each, "", "upper end (fit.bootstrap)"},
  };
}

namespace {

constexpr double kWorthTelling = 0.05;  // of ln L: far less than an interval's 1.92

template <class T>
void put(Hdf5Writer& results, const std::string& path, const std::vector<T>& values, const Shape& shape) {
  results.dataset<T>(path, values, shape, meaning_of(path));
}

}  // namespace

void FitExperiment::write_best(Hdf5Writer& results) const {
  results.strings("/fit/parameters", config_.fit.parameters, meaning_of("/fit/parameters"));
  const auto best = best_parameters();
  const auto m = std::ssize(best);
  put(results, "/fit/best", best, {m});
  std::vector<double> bounds;
  for (std::size_t p = 0; p < parameters(); ++p) {
    bounds.push_back(config_.fit.low[p]);
    bounds.push_back(config_.fit.high[p]);
  }
  put(results, "/fit/bounds", bounds, {m, 2});
  Score score;
  for (std::size_t group = 0; group < groups(); ++group) {
    const Score one = objective_(best_of(group).parameters, targets_[group]);
    score.value += one.value;
    score.rmsd = one.rmsd;
    score.log_likelihood += one.log_likelihood;
    score.n += one.n;
  }
  const auto number = [&](const char* path, double value) { put(results, path, std::vector{value}, {}); };
  const std::size_t free = parameters() * groups();
  const bool counted = target_.has_answers() || target_.cells[0].answers > 0;
  number("/fit/value", score.value);
  number("/fit/rmsd", score.rmsd);
  number("/fit/log_likelihood", counted ? score.log_likelihood : NAN);
  number("/fit/n", score.n);
  number("/fit/aic", aic(score, config_.fit.measure, free));
  number("/fit/bic", bic(score, config_.fit.measure, free));
  std::string told;
  for (std::size_t p = 0; p < parameters(); ++p)
    told += (p > 0 ? ", " : "") + config_.fit.parameters[p] + " " + number_text(best[p]);
  char line[80];
  std::snprintf(line, sizeof line,
                target_.has_answers() ? "fit: log likelihood %.2f at " : "fit: RMSD %.4f at ",
                target_.has_answers() ? score.log_likelihood : score.rmsd);
  log_info(line + told);
}

void FitExperiment::write_searches(Hdf5Writer& results) const {
  std::vector<double> value, best;
  std::vector<std::int32_t> models;
  for (const Search& search : searches_) {
    if (search.of >= groups()) continue;
    value.push_back(search.least);
    models.push_back(static_cast<std::int32_t>(search.values.size()));
    best.insert(best.end(), search.best.begin(), search.best.end());
  }
  put(results, "/fit/searches/value", value, {std::ssize(value)});
  put(results, "/fit/searches/models", models, {std::ssize(models)});
  put(results, "/fit/searches/best", best, {std::ssize(value), static_cast<std::int64_t>(parameters())});
}

void FitExperiment::write_individuals(Hdf5Writer& results) const {
  if (!config_.fit.individual) return;
  std::vector<std::int64_t> names, answers;
  std::vector<double> best, likelihood;
  for (std::size_t group = 0; group < groups(); ++group) {
    const Best of_group = best_of(group);
    names.push_back(target_.participants[group].name);
    answers.push_back(std::ssize(target_.participants[group].item));
    likelihood.push_back(-of_group.least);
    best.insert(best.end(), of_group.parameters.begin(), of_group.parameters.end());
  }
  put(results, "/fit/individual/participant", names, {std::ssize(names)});
  put(results, "/fit/individual/answers", answers, {std::ssize(names)});
  put(results, "/fit/individual/log_likelihood", likelihood, {std::ssize(names)});
  put(results, "/fit/individual/best", best, {std::ssize(names), static_cast<std::int64_t>(parameters())});
}

void FitExperiment::write_bootstrap(Hdf5Writer& results) const {
  if (bootstraps() == 0) return;
  std::vector<double> best, low, high;
  for (std::size_t i = first_resample_; i < searches_.size(); ++i)
    best.insert(best.end(), searches_[i].best.begin(), searches_[i].best.end());
  const std::size_t m = parameters();
  for (std::size_t p = 0; p < m; ++p) {
    std::vector<double> of_parameter;
    for (std::size_t i = p; i < best.size(); i += m) of_parameter.push_back(best[i]);
    const math::Interval interval = math::percentiles(of_parameter);
    low.push_back(interval.low);
    high.push_back(interval.high);
  }
  put(results, "/fit/bootstrap/best", best, {config_.fit.bootstrap, static_cast<std::int64_t>(m)});
  put(results, "/fit/bootstrap/low", low, {static_cast<std::int64_t>(m)});
  put(results, "/fit/bootstrap/high", high, {static_cast<std::int64_t>(m)});
}

// Ends of intervals of each parameter, of all together or of each participant.
void FitExperiment::write_intervals(Hdf5Writer& results, const std::string& path, const Shape& shape) const {
  std::vector<double> low, high;
  for (std::size_t group = 0; group < groups(); ++group)
    for (std::size_t p = 0; p < parameters(); ++p) {
      const math::Interval places = profile_interval(profile_of(group, p), p);
      low.push_back(std::isnan(places.low) ? NAN : config_.fit.value(p, places.low));
      high.push_back(std::isnan(places.high) ? NAN : config_.fit.value(p, places.high));
    }
  put(results, path + "low", low, shape);
  put(results, path + "high", high, shape);
}

void FitExperiment::write_profile(Hdf5Writer& results) const {
  if (!config_.fit.profile) return;
  double gained = 0;
  for (std::size_t group = 0; group < groups(); ++group)
    gained = std::max(gained, least_of_searches_[group] - best_of(group).least);
  if (gained > kWorthTelling)
    log_warning("fit.profile: passed through better parameters than the searches had found, by " +
                number_text(gained) + " of ln L; more of fit.starts or fit.evaluations would find the best");
  const auto m = static_cast<std::int64_t>(parameters());
  if (config_.fit.individual)
    return write_intervals(results, "/fit/individual/", {static_cast<std::int64_t>(groups()), m});
  write_intervals(results, "/fit/profile/", {m});
  std::vector<std::int32_t> held;
  std::vector<double> best, likelihood;
  for (std::size_t p = 0; p < parameters(); ++p) {
    auto points = profile_of(0, p);
    std::ranges::sort(points, {}, [p](const ProfilePoint& point) { return point.place[p]; });
    for (const ProfilePoint& point : points) {
      const auto values = parameters_at(point.place);
      held.push_back(static_cast<std::int32_t>(p));
      best.insert(best.end(), values.begin(), values.end());
      likelihood.push_back(-point.value);
    }
  }
  const auto count = std::ssize(held);
  put(results, "/fit/profile/held", held, {count});
  put(results, "/fit/profile/best", best, {count, m});
  put(results, "/fit/profile/log_likelihood", likelihood, {count});
}

void FitExperiment::write_results(Hdf5Writer& results) {
  write_best(results);
  write_searches(results);
  write_individuals(results);
  write_bootstrap(results);
  write_profile(results);
  best_run().write_results(results);
}

}  // namespace tsd::dual_stream
