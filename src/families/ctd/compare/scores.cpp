#include "families/ctd/compare/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tsd/math/likeness.hpp"
#include "tsd/math/spikes.hpp"

namespace tsd::compare {

using math::all_finite, math::DenseD, math::Form;

namespace {

// Sums of products about `centre` instead of the columns' own means.
DenseD scatter_about(const Columns& x, const std::vector<double>& centre) {
  DenseD s = x.scatter();
  for (int i = 0; i < s.rows; ++i)
    for (int j = 0; j < s.columns; ++j) {
      const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
      s(i, j) += static_cast<double>(x.rows()) * (x.mean[a] - centre[a]) * (x.mean[b] - centre[b]);
    }
  return s;
}

double trace(const DenseD& s) {
  double sum = 0;
  for (int i = 0; i < s.rows; ++i) sum += s(i, i);
  return sum;
}

// Of the rows of both.
std::vector<double> pooled_variance_ratios(const Columns& a, const Columns& b) {
  std::vector<double> mean = a.mean;
  const double n = static_cast<double>(a.rows() + b.rows());
  for (std::size_t i = 0; i < mean.size(); ++i)
    mean[i] = (static_cast<double>(a.rows()) * a.mean[i] + static_cast<double>(b.rows()) * b.mean[i]) / n;
  DenseD s = scatter_about(a, mean);
  const DenseD other = scatter_about(b, mean);
  for (std::size_t k = 0; k < s.size(); ++k) s.values[k] += other.values[k];
  std::vector<double> ratios = symmetric_eigen(s).values;
  const double total = trace(s);
  for (double& value : ratios) value = total > 0 ? std::max(0.0, value) / total : 0;
  return ratios;
}

std::vector<float> logs(std::span<const float> rates) {
  std::vector<float> all(rates.size());
  std::ranges::transform(rates, all.begin(), [](float r) { return std::log(r); });
  return all;
}

Alignment align(const Columns& latents, const Columns& reference, const Components& components) {
  const Regression fit = regress(latents, reference);
  Alignment a{product(components.directions, Form::plain, fit.weights, Form::transposed), {}};
  for (int k = 0; k < components.directions.rows; ++k) {
    double at = 0;
    for (int j = 0; j < reference.width; ++j)
      at += components.directions(k, j) * (fit.intercept(j) - components.mean[static_cast<std::size_t>(j)]);
    a.intercept.push_back(at);
  }
  return a;
}

}  // namespace

// L_val (I - V_k V_k^T) is what the leading k right singular vectors of the regression miss.
Cycle cycle_consistency(const Columns& train, const Columns& log_rates, const Columns& val, double left_out) {
  const DenseD weights = regress(train, log_rates).weights;  // [units, neurons]
  DenseD map(weights.columns, weights.rows);
  for (int i = 0; i < map.rows; ++i)
    for (int j = 0; j < map.columns; ++j) map(i, j) = weights(j, i);
  const math::Svd parts = svd(map);
  Cycle cycle;
  cycle.singular_values = parts.s;
  double total = 0, sum = 0;
  for (const double s : parts.s) total += s * s;
  for (const double s : parts.s) {
    sum += s * s;
    ++cycle.n_components;
    if (sum / total >= 1 - left_out) break;
  }
  const DenseD about = scatter_about(val, train.mean);
  double kept = 0;
  for (int k = 0; k < cycle.n_components; ++k)
    for (int i = 0; i < about.rows; ++i)
      for (int j = 0; j < about.columns; ++j) kept += parts.vt(k, i) * about(i, j) * parts.vt(k, j);
  cycle.r2 = 1 - std::max(0.0, trace(about) - kept) / trace(val.scatter());
  return cycle;
}

Assessor::Assessor(const Reference& r, double left_out)
    : reference_(r),
      left_out_(left_out),
      train_latents_rows_(counted(r.train_latents, r.train_lengths)),
      val_latents_rows_(counted(r.val_latents, r.val_lengths)),
      train_inputs_rows_(counted(r.train_inputs, r.train_lengths)),
      val_inputs_rows_(counted(r.val_inputs, r.val_lengths)),
      val_rates_rows_(counted(r.val_rates, r.val_lengths)),
      val_spikes_rows_(counted(r.val_spikes, r.val_lengths)),
      val_targets_rows_(counted(r.val_targets, r.val_lengths)),
      train_latents_(train_latents_rows_.values, r.train_latents.width),
      val_latents_(val_latents_rows_.values, r.val_latents.width),
      train_inputs_(train_inputs_rows_.values, r.train_inputs.width),
      val_inputs_(val_inputs_rows_.values, r.val_inputs.width),
      val_rates_(val_rates_rows_.values, r.val_rates.width),
      components_(principal_components(val_latents_)) {}

double Assessor::performance(const Columns& latents) const {
  if (val_targets_rows_.count() == 0) return kUndefined;
  const Columns targets(val_targets_rows_.values, val_targets_rows_.width);
  return errors(regress(latents, targets), latents, targets).mean_r2();
}

double Assessor::bits(std::span<const float> rates, int first) const {
  const int neurons = reference_.neurons();
  return math::bits_per_spike(rates, val_spikes_rows_.values, neurons, first, neurons);
}

Likeness Assessor::likeness(const Columns& train, const Columns& val, const math::Errors& rates,
                            double co_bps, int first) const {
  const auto mean = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  Likeness l;
  l.cka = math::cka(val_latents_, val);
  l.procrustes = math::procrustes(val_latents_, val);
  l.canonical = math::canonical_correlations(val_latents_, val);
  l.cca = mean(l.canonical);
  l.neurons = rates.each_r2();
  l.neuron_r2 = mean(l.neurons);
  const math::Errors components =
      errors(regress(train, train_latents_), val, val_latents_, components_.directions);
  l.components = components.each_r2();
  l.component_r2 = components.weighted_r2();
  l.co_bps_normalised = co_bps / bits(val_rates_rows_.values, first);
  return l;
}

Assessment Assessor::assess(const Model& model, const ModelData& data) const {
  const Reference& r = reference_;
  const Rows train_rates = counted(data.train_rates, r.train_lengths),
             val_rates = counted(data.val_rates, r.val_lengths),
             train_rows = counted(data.train_latents, r.train_lengths),
             val_rows = counted(data.val_latents, r.val_lengths);
  Assessment a;
  if (!all_finite(train_rates.values) || !all_finite(val_rates.values) || !all_finite(train_rows.values) ||
      !all_finite(val_rows.values))
    return a;
  const Columns train(train_rows.values, train_rows.width), val(val_rows.values, val_rows.width);
  Scores& s = a.scores;
  const math::Errors of_rates = errors(val_rates.values, val_rates_);
  s.rate_r2 = of_rates.weighted_r2();
  s.state_r2 = errors(regress(train_latents_, train), val_latents_, val).defined_r2();
  s.co_bps = bits(val_rates.values, model.external_inputs);
  if (r.heldin < r.neurons()) s.co_bps_heldout = bits(val_rates.values, r.heldin);
  const std::vector<float> log_rates = logs(train_rates.values);
  if (all_finite(log_rates)) {
    a.cycle = cycle_consistency(train, Columns(log_rates, train_rates.width), val, left_out_);
    s.cycle_con = a.cycle.r2;
  }
  if (model.inferred_inputs > 0) {
    const Rows train_in = counted(data.train_inferred, r.train_lengths),
               val_in = counted(data.val_inferred, r.val_lengths);
    const Columns x(train_in.values, train_in.width), x_val(val_in.values, val_in.width);
    s.input_r2 = errors(regress(train_inputs_, x), val_inputs_, x_val).defined_r2();
    s.input_r2_reverse = errors(regress(x, train_inputs_), x_val, val_inputs_).defined_r2();
  }
  s.performance = performance(val);
  a.alignment = align(val, val_latents_, components_);
  a.scree = pooled_variance_ratios(train, val);
  a.likeness = likeness(train, val, of_rates, s.co_bps, model.external_inputs);
  return a;
}

Assessment Assessor::ceiling() const {
  const Reference& r = reference_;
  Assessment a;
  a.scores.co_bps = bits(val_rates_rows_.values, r.val_inputs.width);
  if (r.heldin < r.neurons()) a.scores.co_bps_heldout = bits(val_rates_rows_.values, r.heldin);
  a.scores.performance = performance(val_latents_);
  a.scree = pooled_variance_ratios(train_latents_, val_latents_);
  a.likeness = likeness(train_latents_, val_latents_, errors(val_rates_rows_.values, val_rates_),
                        a.scores.co_bps, r.val_inputs.width);
  return a;
}

}  // namespace tsd::compare
