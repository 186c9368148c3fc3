#include "families/ctd/data/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/ctd/data/data/readin.hpp"
#include "families/ctd/data/model/penalty.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/train/tied.hpp"

namespace tsd::ctd_data {

namespace {

constexpr std::uint64_t kEvaluationPass = std::uint64_t{1} << 48;  // beyond those of training
constexpr std::uint64_t kDropoutPass = kEvaluationPass << 1;

ModelSpec spec_of(const Config& config, const Recording& recording) {
  ModelSpec spec = config.model;
  spec.extents = recording.extents;
  return spec;
}

void add(Loss& sum, const Loss& loss, double weight) {
  sum.recon += weight * loss.recon, sum.kl_ic += weight * loss.kl_ic, sum.kl_co += weight * loss.kl_co;
  sum.held_out += weight * loss.held_out;
}

std::vector<float> starting_parameters(const Config& config, const ModelSpec& spec, const Layout& layout,
                                       const Recording& recording, std::uint64_t seed) {
  if (config.weights)
    return parameters_from(layout, read_safetensors(*config.weights, Checksum::if_present).arrays,
                           *config.weights);
  auto parameters = initial_parameters(spec, layout, seed);
  if (const auto& sessions = recording.train.sessions)
    begin_sessions(*sessions, spec.lfads, layout, parameters);
  return parameters;
}

}  // namespace

Learner::Learner(const Config& config, std::uint64_t seed, const Recording& recording,
                 std::unique_ptr<Backend> backend)
    : config_(config),
      seed_(seed),
      data_(recording),
      spec_(spec_of(config, recording)),
      layout_(spec_),
      backend_(std::move(backend)),
      updates_per_epoch_((recording.train.n + config.data.batch_size - 1) / config.data.batch_size),
      trainee_(layout_, starting_parameters(config, spec_, layout_, recording, seed), layout_.trainable()),
      schedule_(config),
      order_(order(0)) {}

// A stream of its own for each epoch.
std::vector<std::int64_t> Learner::order(std::int64_t epoch) const {
  std::vector<std::int64_t> trials(static_cast<std::size_t>(data_.train.n));
  std::iota(trials.begin(), trials.end(), 0);
  Philox stream(seed_, "ctd-data batches " + std::to_string(epoch));
  for (std::size_t i = trials.size(); i-- > 1;) std::swap(trials[i], trials[stream.below(i + 1)]);
  return trials;
}

Objective Learner::objective() const {
  if (!spec_.is_lfads()) return {};
  const TrainSettings& t = config_.train;
  const double kl = t.loss_scale * ramp(epoch(), t.kl_start_epoch, t.kl_increase_epoch);
  return {t.loss_scale, kl * t.kl_ic_scale, kl * t.kl_co_scale};
}

void Learner::update() {
  const std::int64_t first = updates_ * config_.data.batch_size;
  const auto rows = std::span(order_).subspan(static_cast<std::size_t>(first));
  const Batch batch{&data_.train,
                    rows.first(std::min(rows.size(), static_cast<std::size_t>(config_.data.batch_size)))};
  const Pass pass{noise_of(seed_, 2 * static_cast<std::uint64_t>(trainee_.updates())), true, true};
  const Objective o = objective();
  const Loss loss = backend_->gradient(parameters(), batch, pass, o, trainee_.gradient());
  const double l2 =
      spec_.is_lfads() ? penalty(config_, layout_, parameters(),
                                 ramp(epoch(), config_.train.l2_start_epoch, config_.train.l2_increase_epoch),
                                 o.recon, trainee_.gradient().data())
                       : 0;
  const double norm = trainee_.gradient_norm();
  trainee_.check(loss.total({1, 1, 1}), norm,
                 "epoch " + std::to_string(epoch()) + ", batch " + std::to_string(updates_) + ": ");
  learn(norm);
  const double weight = static_cast<double>(batch.size()) / static_cast<double>(data_.train.n);
  add(epoch_.train, loss, weight);
  epoch_.train_l2 += weight * l2;
  epoch_.train_loss += weight * (loss.total(o) + o.recon * l2);
  epoch_.grad_norm += norm / static_cast<double>(updates_per_epoch_);
  ++updates_;
}

// The clipped gradient goes to Adam, with the L2 term added (SAE), or to AdamW with ramped decay.
void Learner::learn(double norm) {
  const TrainSettings& t = config_.train;
  const double clip = train::clip_scale(norm, t.grad_clip);
  kernels::AdamW options{.lr = schedule_.lr(), .weight_decay = 0, .eps = t.adam_epsilon};
  if (spec_.is_lfads()) {
    options.weight_decay = ramp(epoch(), t.l2_start_epoch, t.l2_increase_epoch) * t.weight_decay;
  } else if (t.weight_decay > 0) {
    const auto decay = static_cast<float>(t.weight_decay / clip);
    for (std::size_t k = 0; k < layout_.trainable(); ++k) trainee_.gradient()[k] += decay * parameters()[k];
  }
  trainee_.update(options, static_cast<float>(clip));
}

void Learner::validate() {
  std::vector<std::int64_t> all(static_cast<std::size_t>(data_.valid.n));
  std::iota(all.begin(), all.end(), 0);
  const auto B = static_cast<std::size_t>(config_.data.batch_size);
  for (std::size_t first = 0; first < all.size(); first += B) {
    const Batch batch{&data_.valid, std::span(all).subspan(first, std::min(B, all.size() - first))};
    const Pass pass{
        noise_of(seed_, 2 * static_cast<std::uint64_t>(epoch()) + 1, static_cast<std::int64_t>(first)), false,
        true};
    add(epoch_.valid, backend_->run(parameters(), batch, pass, nullptr),
        static_cast<double>(batch.size()) / static_cast<double>(data_.valid.n));
  }
}

void Learner::end_epoch() {
  const Objective o = objective();
  epoch_.lr = schedule_.lr();
  validate();
  epoch_.valid_loss = epoch_.valid.total(o);
  if (spec_.is_lfads()) {
    const TrainSettings& t = config_.train;
    epoch_.kl_ramp = ramp(epoch(), t.kl_start_epoch, t.kl_increase_epoch);
    epoch_.l2_ramp = ramp(epoch(), t.l2_start_epoch, t.l2_increase_epoch);
    epoch_.valid_l2 = penalty(config_, layout_, parameters(), epoch_.l2_ramp, 0, nullptr);
    epoch_.valid_loss += o.recon * epoch_.valid_l2;
  }
  const bool best = schedule_.end_epoch(spec_.is_lfads() ? epoch_.valid.recon : epoch_.valid_loss);
  if (best) trainee_.keep_best(), best_epoch_ = epoch();
  epoch_.smoothed = schedule_.smoothed();
  const std::int64_t every = config_.metrics_every;
  if (every > 0 && ((epoch() + 1) % every == 0 || epoch() + 1 == config_.train.epochs)) {
    scores_.push_back(scores_of(spec_, data_, evaluate(data_.valid, parameters()), config_.metrics_ica));
    scores_.back().epoch = static_cast<double>(epoch());
  }
  history_.push_back(epoch_);
  epoch_ = {}, updates_ = 0;
  order_ = order(epoch());
}

bool Learner::finished() const { return epoch() >= config_.train.epochs || schedule_.finished(); }

// Of one batch: of posterior means, or the mean over samples.
Outputs Learner::evaluate(const Batch& batch, std::int64_t first, std::span<const float> parameters) {
  Outputs mean;
  backend_->run(parameters, batch, {noise_of(seed_, 0), false, false}, &mean);
  if (config_.posterior_samples == 0) return mean;
  const float part = 1 / static_cast<float>(config_.posterior_samples);
  const auto parts = {&Outputs::rates, &Outputs::latents, &Outputs::generator_inputs, &Outputs::factors};
  for (auto output : parts) std::ranges::fill(mean.*output, 0.0f);
  for (int k = 0; k < config_.posterior_samples; ++k) {
    Outputs sample;
    const auto noise = noise_of(seed_, kEvaluationPass + static_cast<std::uint64_t>(k), first);
    backend_->run(parameters, batch, {noise, false, true}, &sample);
    for (auto output : parts)
      for (std::size_t i = 0; i < (mean.*output).size(); ++i) (mean.*output)[i] += part * (sample.*output)[i];
  }
  for (std::size_t i = 0; i < mean.log_rates.size(); ++i) mean.log_rates[i] = std::log(mean.rates[i]);
  return mean;
}

Outputs Learner::evaluate(const Trials& trials, std::span<const float> parameters) {
  return over_batches(
      trials, [&](const Batch& batch, std::int64_t first) { return evaluate(batch, first, parameters); });
}

// Training, validation and other trials get masks of their own.
Outputs Learner::evaluate_with_dropout(const Trials& trials, std::span<const float> parameters) {
  const std::uint64_t pass =
      kDropoutPass + (&trials == &data_.valid ? 1 : 0) + (&trials == &data_.test ? 2 : 0);
  return over_batches(trials, [&](const Batch& batch, std::int64_t first) {
    Outputs outputs;
    backend_->run(parameters, batch, {noise_of(seed_, pass, first), false, false, true}, &outputs);
    return outputs;
  });
}

Outputs Learner::over_batches(const Trials& trials, const BatchOutputs& outputs_of) const {
  std::vector<std::int64_t> all(static_cast<std::size_t>(trials.n));
  std::iota(all.begin(), all.end(), 0);
  const auto B = static_cast<std::size_t>(config_.data.batch_size);
  Outputs outputs;
  for (std::size_t first = 0; first < all.size(); first += B) {
    const Batch batch{&trials, std::span(all).subspan(first, std::min(B, all.size() - first))};
    const Outputs some = outputs_of(batch, static_cast<std::int64_t>(first));
    for (auto part : {&Outputs::rates, &Outputs::latents, &Outputs::log_rates, &Outputs::inferred_inputs,
                      &Outputs::co_std, &Outputs::generator_inputs, &Outputs::factors, &Outputs::ic_mean,
                      &Outputs::ic_std})
      (outputs.*part).insert((outputs.*part).end(), (some.*part).begin(), (some.*part).end());
  }
  return outputs;
}

std::vector<double> Learner::forward_scores() const {
  std::vector<double> all;
  for (const Scores& s : scores_) all.push_back(s.fp_bps);
  return all;
}

Arrays Learner::save() const {
  Arrays all;
  trainee_.save("", all);
  all.push_back(train::make_tied<double>("schedule", Schedule::numbers(schedule_)));
  all.push_back(make_array("epoch", train::numbers(kEpochs, std::span(&epoch_, 1))));
  all.push_back(make_array("history", train::numbers(kEpochs, history_)));
  all.push_back(make_array("scores", train::numbers(kScores, scores_)));
  if (spec_.extents.forward > 0) all.push_back(make_array("fp_bps", forward_scores()));
  const std::int64_t adam_steps = trainee_.updates();
  all.push_back(train::make_tied<std::int64_t>("counts", std::tie(best_epoch_, adam_steps, updates_)));
  return all;
}

void Learner::restore(const Arrays& saved) {
  std::int64_t adam_steps = 0;
  train::restore_tied<std::int64_t>(saved, "counts", std::tie(best_epoch_, adam_steps, updates_));
  trainee_.restore(saved, "", adam_steps);
  train::restore_tied<double>(saved, "schedule", Schedule::numbers(schedule_));
  epoch_ = train::records(kEpochs, find(saved, "epoch").as<double>()).at(0);
  history_ = train::records(kEpochs, find(saved, "history").as<double>());
  scores_ = train::records(kScores, find(saved, "scores").as<double>());
  if (spec_.extents.forward > 0) {
    const auto forward = find(saved, "fp_bps").as<double>();
    for (std::size_t k = 0; k < scores_.size(); ++k) scores_[k].fp_bps = forward[k];
  }
  order_ = order(this->epoch());
}

}  // namespace tsd::ctd_data
