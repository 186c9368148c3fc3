#include "families/ctd_data/score.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "tsd/nn/affine_fit.hpp"

namespace tsd::ctd_data {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// What counts of [n, T, columns]: reconstructed steps up to each trial's end. `first` is the first step
// there.
std::vector<float> counted(const ModelSpec& spec, const Recording& recording, const std::vector<float>& all,
                           int columns, int first) {
  const Trials& valid = recording.valid;
  if (all.empty()) return {};
  std::vector<float> some;
  const std::int64_t width = static_cast<std::int64_t>(all.size()) / valid.n;
  for (std::int64_t i = 0; i < valid.n; ++i) {
    const std::int64_t end = recording.padded ? valid.lengths[index(i)] : spec.extents.T;
    const auto row = all.begin() + i * width;
    if (end > spec.first_step())
      some.insert(some.end(), row + (spec.first_step() - first) * columns, row + (end - first) * columns);
  }
  return some;
}

}  // namespace

double weighted_r2(std::span<const float> y, std::span<const float> p, int columns) {
  const std::size_t width = index(columns), rows = y.size() / width;
  double residual = 0, total = 0;
  for (std::size_t c = 0; c < width; ++c) {
    double mean = 0;
    for (std::size_t i = 0; i < rows; ++i) mean += y[i * width + c];
    mean /= static_cast<double>(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const double error = y[i * width + c] - p[i * width + c], around = y[i * width + c] - mean;
      residual += error * error, total += around * around;
    }
  }
  if (total == 0) return residual == 0 ? 1 : 0;
  return 1 - residual / total;
}

double bits_per_spike(std::span<const float> y, std::span<const float> log_rates, int columns, int first,
                      int last) {
  const std::size_t width = index(columns), rows = y.size() / width;
  double null = 0, model = 0, spikes = 0;
  for (std::size_t c = index(first); c < index(last); ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double count = y[i * width + c], l = log_rates[i * width + c];
      sum += count;
      model += std::exp(l) - count * l;
    }
    null += sum - sum * std::log(sum / static_cast<double>(rows) + 1e-8);
    spikes += sum;
  }
  return spikes > 0 ? (null - model) / (spikes * std::numbers::ln2) : kNone;
}

Scores scores_of(const ModelSpec& spec, const Recording& recording, const Outputs& outputs) {
  const Trials& valid = recording.valid;
  const int N = spec.extents.N_all, N_in = spec.extents.N_in;
  const auto truth = [&](const std::vector<float>& all, int columns) {
    return counted(spec, recording, all, columns, 0);
  };
  const auto output = [&](const std::vector<float>& all, int columns) {
    return counted(spec, recording, all, columns, spec.first_step());
  };
  Scores s;
  s.rate_r2 = s.state_r2 = s.input_r2 = s.bps = s.hi_bps = s.ho_bps = kNone;
  if (!valid.rates.empty()) s.rate_r2 = weighted_r2(truth(valid.rates, N), output(outputs.rates, N), N);
  if (!valid.latents.empty())
    s.state_r2 = nn::affine_r2(truth(valid.latents, recording.true_latents), recording.true_latents,
                               output(outputs.latents, spec.latents()), spec.latents());
  const int inputs = spec.inferred_inputs() + spec.extents.U;
  if (spec.is_lfads() && inputs > 0 && !valid.true_inputs.empty())
    s.input_r2 = nn::affine_r2(output(outputs.generator_inputs, inputs), inputs,
                               truth(valid.true_inputs, recording.true_inputs), recording.true_inputs);
  if (outputs.log_rates.empty()) return s;
  const auto counts = truth(valid.recon, N), log_rates = output(outputs.log_rates, N);
  s.bps = bits_per_spike(counts, log_rates, N, 0, N);
  s.hi_bps = bits_per_spike(counts, log_rates, N, 0, N_in);
  s.ho_bps = bits_per_spike(counts, log_rates, N, N_in, N);
  return s;
}

}  // namespace tsd::ctd_data
