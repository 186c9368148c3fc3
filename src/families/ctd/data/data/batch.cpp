#include "families/ctd/data/data/batch.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::ctd_data {

namespace {
std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
}  // namespace

const Prepared& Preparation::prepare(const Batch& batch, const Pass& pass, std::span<const int> places) {
  const int R = static_cast<int>(places.size()), rows = extents_.T * R;
  out_.R = R;
  out_.encod = encod_.matrix(extents_.encoded() * R, extents_.N_in);
  out_.recon = recon_.matrix(rows, extents_.N_all);
  out_.inputs = inputs_.matrix(rows, extents_.U);
  out_.weight = weight_.matrix(rows, extents_.N_all);
  out_.gradient = gradient_.matrix(rows, extents_.N_all);
  out_.held_out = config_.data.sv_rate > 0 ? held_out_.zeros(rows, extents_.N_all) : math::Matrix();
  measure(batch, pass);
  for (int i = 0; i < R; ++i) fill(batch, pass, i, places[index(i)]);
  return out_;
}

// What the rules for one trial need of all.
void Preparation::measure(const Batch& batch, const Pass& pass) {
  const AugmentSettings& a = config_.augment;
  if (pass.training ? a.trial_length_mask : a.trial_length_mask_valid) {
    double sum = 0;
    for (const auto trial : batch.rows) sum += batch.trials->lengths[index(trial)];
    mean_length_ = sum / static_cast<double>(batch.size());
  }
  if (!a.selective_backprop || !pass.training) return;
  const std::size_t width = index(std::int64_t{extents_.T} * extents_.N_all);
  std::int64_t found = 0;
  for (const auto trial : batch.rows)
    found += std::count_if(&batch.trials->recon[index(trial) * width],
                           &batch.trials->recon[index(trial) * width] + width,
                           [](float x) { return !std::isnan(x); });
  found_ = static_cast<double>(found) / (static_cast<double>(batch.size()) * static_cast<double>(width));
}

void Preparation::fill(const Batch& batch, const Pass& pass, int i, int place) {
  const Trials& trials = *batch.trials;
  const std::int64_t trial = batch.rows[index(place)], T = extents_.T, encoded = extents_.encoded();
  const auto put = [&](const float* from, math::Matrix to) {
    const auto width = index(to.columns);
    for (int t = 0; t < to.rows / out_.R; ++t)
      std::copy_n(from + index(t) * width, width, to.data + row(t, i) * width);
  };
  const float *encod = &trials.encod[index(trial * encoded * extents_.N_in)],
              *recon = &trials.recon[index(trial * T * extents_.N_all)];
  const bool moves =
      pass.training && (config_.augment.spike_jitter_width > 0 || config_.augment.temporal_shift_std > 0);
  put(moves ? moved(encod, extents_.encoded(), extents_.N_in, pass, place, false).data() : encod, out_.encod);
  put(moves ? moved(recon, extents_.T, extents_.N_all, pass, place, true).data() : recon, out_.recon);
  if (extents_.U > 0) put(&trials.inputs[index(trial * T * extents_.U)], out_.inputs);
  weigh(batch, pass, i, trial);
  if (trials.sessions) keep_session(trials, trial, i);
  if (config_.augment.ignore_nan || config_.augment.selective_backprop) drop_missing(pass, i);
  if (out_.held_out.data && !trials.seen.empty())
    validate_samples(i, &trials.seen[index(trial * encoded * extents_.N_in)]);
  for (int t = 0; t < T; ++t)
    std::copy_n(out_.weight.data + row(t, i) * extents_.N_all, extents_.N_all,
                out_.gradient.data + row(t, i) * extents_.N_all);
  if (pass.training && config_.augment.cd_rate > 0) hide_coordinated(pass, i, place);
  if (trials.sessions) centre_session(trials, trial, i);
}

// Spikes moved one by one, then each neuron's whole course; [T, columns].
std::vector<float> Preparation::moved(const float* counts, int T, int columns, const Pass& pass, int place,
                                      bool target) const {
  const AugmentSettings& a = config_.augment;
  const bool own = target && !a.share_shift;
  const int w = a.spike_jitter_width;
  std::vector<float> out(counts, counts + index(std::int64_t{T} * columns));
  if (w > 0) {
    const auto kind = own ? NoiseKind::spike_jitter_recon : NoiseKind::spike_jitter;
    std::ranges::fill(out, 0.0f);
    for (int t = 0; t < T; ++t)
      for (int n = 0; n < columns; ++n)
        for (int k = 0; k < static_cast<int>(counts[index(std::int64_t{t} * columns + n)]); ++k) {
          const int step =
              static_cast<int>(pass.noise.uniform(kind, place, t, n + k * extents_.N_all) * (2 * w + 1)) - w;
          int to = std::abs(t + step);
          if (to >= T) to = 2 * (T - 1) - to;
          out[index(std::int64_t{std::clamp(to, 0, T - 1)} * columns + n)] += 1;
        }
  }
  if (a.temporal_shift_std == 0) return out;
  std::vector<float> shifts(index(Noise::padded(extents_.N_all))), shifted(out.size());
  pass.noise.normal(own ? NoiseKind::temporal_shift_recon : NoiseKind::temporal_shift, place, 0,
                    extents_.N_all, shifts.data());
  for (int n = 0; n < columns; ++n) {
    const int shift = std::clamp(static_cast<int>(std::lround(shifts[index(n)] * a.temporal_shift_std)),
                                 -a.temporal_shift_max, a.temporal_shift_max);
    for (int t = 0; t < T; ++t)
      shifted[index(std::int64_t{t} * columns + n)] =
          out[index(std::int64_t{std::clamp(t - shift, 0, T - 1)} * columns + n)];
  }
  return shifted;
}

// Every step alike, or by the trial's length (SAE) or the batch's mean length (LFADS).
void Preparation::weigh(const Batch& batch, const Pass& pass, int i, std::int64_t trial) {
  const AugmentSettings& a = config_.augment;
  int length = extents_.T;
  float within = 1;
  if (config_.train.loss == LossKind::multitask) {
    length = batch.trials->lengths[index(trial)];
    within = 1 / static_cast<float>(length);
  } else if (pass.training ? a.trial_length_mask : a.trial_length_mask_valid) {
    length = batch.trials->lengths[index(trial)];
    within = static_cast<float>(1 / mean_length_);
  }
  for (int t = 0; t < extents_.T; ++t)
    std::fill_n(out_.weight.data + row(t, i) * extents_.N_all, extents_.N_all, t < length ? within : 0.0f);
}

void Preparation::drop_missing(const Pass& pass, int i) {
  const int T = extents_.T, encoded = extents_.encoded(), N = extents_.N_all, N_in = extents_.N_in;
  for (int t = 0; t < encoded; ++t) {
    float* encod = out_.encod.data + row(t, i) * N_in;
    std::replace_if(
        encod, encod + N_in, [](float x) { return std::isnan(x); }, 0.0f);
  }
  // Samples that share one factor: all, or steps that are encoded and later ones of held-in and held-out
  // neurons.
  const bool quadrants = config_.augment.scale_by_quadrant && !pass.training;
  const auto drop = [&](int first, int last, int begin, int end) {
    std::int64_t found = 0;
    for (int t = first; t < last; ++t)
      for (int n = begin; n < end; ++n) found += !std::isnan(out_.recon.data[row(t, i) * N + n]);
    const double fraction =
        pass.training ? found_
                      : static_cast<double>(found) / (static_cast<double>(last - first) * (end - begin));
    for (int t = first; t < last; ++t)
      for (int n = begin; n < end; ++n) {
        float &y = out_.recon.data[row(t, i) * N + n], &weight = out_.weight.data[row(t, i) * N + n];
        weight = std::isnan(y) ? 0.0f : weight / static_cast<float>(fraction);
        if (std::isnan(y)) y = 0;
      }
  };
  if (!quadrants) return drop(0, T, 0, N);
  for (const auto& [first, last] : {std::pair(0, encoded), {encoded, T}})
    for (const auto& [begin, end] : {std::pair(0, N_in), {N_in, N}})
      if (first < last && begin < end) drop(first, last, begin, end);
}

// Each trial's loss is a mean over its session's neurons.
void Preparation::keep_session(const Trials& trials, std::int64_t trial, int i) {
  const Sessions::Part& part = trials.sessions->parts[index(trials.session[index(trial)])];
  const int N = extents_.N_all;
  const float share = static_cast<float>(N) / static_cast<float>(part.neurons());
  for (int t = 0; t < extents_.T; ++t)
    for (int n = 0; n < N; ++n) {
      float &y = out_.recon.data[row(t, i) * N + n], &weight = out_.weight.data[row(t, i) * N + n];
      weight = part.has(n) ? weight * share : 0.0f;
      if (!part.has(n)) y = 0;
    }
}

// What the read-in sees: differences from neurons' means, nothing of other sessions' neurons.
void Preparation::centre_session(const Trials& trials, std::int64_t trial, int i) {
  const Sessions::Part& part = trials.sessions->parts[index(trials.session[index(trial)])];
  for (int t = 0; t < extents_.encoded(); ++t)
    for (int n = part.in_begin; n < part.in_end; ++n)
      out_.encod.data[row(t, i) * extents_.N_in + n] -= trials.sessions->mean[index(n)];
}

void Preparation::validate_samples(int i, const float* seen) {
  const auto hidden = static_cast<float>(1 / config_.data.sv_rate),
             kept = static_cast<float>(1 / (1 - config_.data.sv_rate));
  for (int t = 0; t < extents_.encoded(); ++t)
    for (int n = 0; n < extents_.N_in; ++n) {
      const float s = seen[index(std::int64_t{t} * extents_.N_in + n)];
      float& weight = out_.weight.data[row(t, i) * extents_.N_all + n];
      out_.encod.data[row(t, i) * extents_.N_in + n] *= s * kept;
      out_.held_out.data[row(t, i) * extents_.N_all + n] = weight * (1 - s) * hidden;
      weight *= s * kept;
    }
}

// Coordinated dropout (Keshtkaran & Pandarinath 2019): what the encoders see is not learnt from.
void Preparation::hide_coordinated(const Pass& pass, int i, int place) {
  const int N_in = extents_.N_in, padded = Noise::padded(N_in);
  const double rate = config_.augment.cd_rate, pass_rate = config_.augment.cd_pass_rate;
  const math::Matrix masks = mask_.zeros(2, padded);
  for (int t = config_.model.lfads.ic_enc_seq_len; t < extents_.encoded(); ++t) {
    pass.noise.dropout(NoiseKind::coordinated_dropout, place, t, N_in, rate, masks.row(0));
    if (pass_rate > 0) pass.noise.mask(NoiseKind::pass_mask, place, t, N_in, 1 - pass_rate, 1, masks.row(1));
    float *encod = out_.encod.data + row(t, i) * N_in,
          *gradient = out_.gradient.data + row(t, i) * extents_.N_all;
    for (int n = 0; n < N_in; ++n) {
      encod[n] *= masks.row(0)[n];
      if (masks.row(0)[n] > 0 && masks.row(1)[n] == 0) gradient[n] = 0;
    }
  }
}

}  // namespace tsd::ctd_data
