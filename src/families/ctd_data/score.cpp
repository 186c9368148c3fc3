#include "families/ctd_data/score.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "tsd/nn/affine_fit.hpp"

namespace tsd::ctd_data {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// The reconstructed steps of [n, T, columns].
std::vector<float> reconstructed(const ModelSpec& spec, const std::vector<float>& all, std::int64_t n,
                                 int columns) {
  if (spec.first_step() == 0 || all.empty()) return all;
  std::vector<float> some;
  const std::int64_t width = std::int64_t{spec.extents.T} * columns,
                     skip = std::int64_t{spec.first_step()} * columns;
  for (std::int64_t i = 0; i < n; ++i)
    some.insert(some.end(), all.begin() + i * width + skip, all.begin() + (i + 1) * width);
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
  const auto part = [&](const std::vector<float>& all, int columns) {
    return reconstructed(spec, all, valid.n, columns);
  };
  Scores s;
  s.rate_r2 = s.state_r2 = s.input_r2 = s.bps = s.hi_bps = s.ho_bps = kNone;
  if (!valid.rates.empty()) s.rate_r2 = weighted_r2(part(valid.rates, N), outputs.rates, N);
  if (!valid.latents.empty())
    s.state_r2 = nn::affine_r2(part(valid.latents, recording.true_latents), recording.true_latents,
                               outputs.latents, spec.latents());
  const int inputs = spec.inferred_inputs() + spec.extents.U;
  if (spec.is_lfads() && inputs > 0 && !valid.true_inputs.empty())
    s.input_r2 = nn::affine_r2(outputs.generator_inputs, inputs,
                               part(valid.true_inputs, recording.true_inputs), recording.true_inputs);
  if (outputs.log_rates.empty()) return s;
  const auto counts = part(valid.recon, N);
  s.bps = bits_per_spike(counts, outputs.log_rates, N, 0, N);
  s.hi_bps = bits_per_spike(counts, outputs.log_rates, N, 0, N_in);
  s.ho_bps = bits_per_spike(counts, outputs.log_rates, N, N_in, N);
  return s;
}

}  // namespace tsd::ctd_data
