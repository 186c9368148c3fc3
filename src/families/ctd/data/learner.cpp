#include "families/ctd/data/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/ctd/data/model/penalty.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/kernels/adamw.hpp"
#include "tsd/kernels/elementwise.hpp"

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

void append(std::vector<float>& all, const std::vector<float>& more) {
  all.insert(all.end(), more.begin(), more.end());
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
      parameters_(initial_parameters(spec_, layout_, seed)),
      gradient_(layout_.size()),
      m_(layout_.trainable()),
      v_(layout_.trainable()),
      schedule_(config),
      order_(order(0)) {
  if (config.weights)
    parameters_ = parameters_from(layout_, read_safetensors(*config.weights, Checksum::if_present).arrays,
                                  *config.weights);
}

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

void Learner::check(const Loss& loss, double norm) const {
  const auto place = "epoch " + std::to_string(epoch()) + ", batch " + std::to_string(updates_) + ": ";
  if (!std::isfinite(loss.total({1, 1, 1}))) throw NumericError(place + "the loss is not finite");
  if (std::isfinite(norm)) return;
  for (const nn::Slot& slot : layout_.slots())
    if (!std::ranges::all_of(std::span(gradient_).subspan(slot.offset, slot.size()),
                             [](float g) { return std::isfinite(g); }))
      throw NumericError(place + "the gradient is not finite; first bad parameter: " + slot.name);
}

void Learner::update() {
  const std::int64_t first = updates_ * config_.data.batch_size;
  const auto rows = std::span(order_).subspan(static_cast<std::size_t>(first));
  const Batch batch{&data_.train,
                    rows.first(std::min(rows.size(), static_cast<std::size_t>(config_.data.batch_size)))};
  const Pass pass{noise_of(seed_, 2 * static_cast<std::uint64_t>(adam_steps_)), true, true};
  const Objective o = objective();
  const Loss loss = backend_->gradient(parameters_, batch, pass, o, gradient_);
  const double l2 =
      spec_.is_lfads() ? penalty(config_, layout_, parameters_,
                                 ramp(epoch(), config_.train.l2_start_epoch, config_.train.l2_increase_epoch),
                                 o.recon, gradient_.data())
                       : 0;
  const double norm = std::sqrt(kernels::sum_of_squares(layout_.trainable(), gradient_.data()));
  check(loss, norm);
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
  const double clip = t.grad_clip > 0 ? std::min(1.0, t.grad_clip / (norm + 1e-6)) : 1.0;
  kernels::AdamW options{.lr = schedule_.lr(), .weight_decay = 0, .eps = t.adam_epsilon};
  if (spec_.is_lfads()) {
    options.weight_decay = ramp(epoch(), t.l2_start_epoch, t.l2_increase_epoch) * t.weight_decay;
  } else if (t.weight_decay > 0) {
    const auto decay = static_cast<float>(t.weight_decay / clip);
    for (std::size_t k = 0; k < layout_.trainable(); ++k) gradient_[k] += decay * parameters_[k];
  }
  kernels::adamw(options, ++adam_steps_, static_cast<float>(clip), layout_.trainable(), gradient_.data(),
                 parameters_.data(), m_.data(), v_.data());
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
    add(epoch_.valid, backend_->run(parameters_, batch, pass, nullptr),
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
    epoch_.valid_l2 = penalty(config_, layout_, parameters_, epoch_.l2_ramp, 0, nullptr);
    epoch_.valid_loss += o.recon * epoch_.valid_l2;
  }
  const bool best = schedule_.end_epoch(spec_.is_lfads() ? epoch_.valid.recon : epoch_.valid_loss);
  if (best) best_ = parameters_, best_epoch_ = epoch();
  epoch_.smoothed = schedule_.smoothed();
  const std::int64_t every = config_.metrics_every;
  if (every > 0 && ((epoch() + 1) % every == 0 || epoch() + 1 == config_.train.max_epochs)) {
    scores_.push_back(scores_of(spec_, data_, evaluate(data_.valid, parameters_), config_.metrics_ica));
    scores_.back().epoch = static_cast<double>(epoch());
  }
  history_.push_back(epoch_);
  epoch_ = {}, updates_ = 0;
  order_ = order(epoch());
}

bool Learner::finished() const { return epoch() >= config_.train.max_epochs || schedule_.finished(); }

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

// Training and validation trials get masks of their own.
Outputs Learner::evaluate_with_dropout(const Trials& trials, std::span<const float> parameters) {
  const std::uint64_t pass = kDropoutPass + (&trials == &data_.valid);
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
      append(outputs.*part, some.*part);
  }
  return outputs;
}

namespace {

std::vector<double> numbers(const Epoch& e) {
  std::vector<double> all;
  for (const Loss* loss : {&e.train, &e.valid})
    for (const double x : {loss->recon, loss->kl_ic, loss->kl_co, loss->held_out}) all.push_back(x);
  for (const double x : {e.train_l2, e.valid_l2, e.train_loss, e.valid_loss, e.grad_norm, e.lr, e.kl_ramp,
                         e.l2_ramp, e.smoothed})
    all.push_back(x);
  return all;
}
constexpr std::size_t kEpochNumbers = 17;

Epoch epoch_of(const double* x) {
  return {{x[0], x[1], x[2], x[3]},
          {x[4], x[5], x[6], x[7]},
          x[8],
          x[9],
          x[10],
          x[11],
          x[12],
          x[13],
          x[14],
          x[15],
          x[16]};
}

}  // namespace

Arrays Learner::save() const {
  std::vector<double> history, scores;
  const auto put = [](std::vector<double>& to, std::vector<double> from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const Epoch& e : history_) put(history, numbers(e));
  for (const Scores& s : scores_)
    put(scores, {s.epoch, s.rate_r2, s.state_r2, s.input_r2, s.input_r2_to_true, s.input_r2_to_inferred,
                 s.bps, s.hi_bps, s.ho_bps});
  return {make_array("parameters", parameters_),
          make_array("adam/m", m_),
          make_array("adam/v", v_),
          make_array("best", best_),
          make_array("schedule", schedule_.save()),
          make_array("epoch", numbers(epoch_)),
          make_array("history", history),
          make_array("scores", scores),
          make_array("counts", std::vector<std::int64_t>{best_epoch_, adam_steps_, updates_})};
}

void Learner::restore(const Arrays& saved) {
  const auto take = [&]<class T>(const std::string& name, std::vector<T>& values, std::size_t per_row = 1) {
    const auto array = find(saved, name).as<T>();
    if (array.size() % per_row != 0)
      throw DataError(name + ": expected " + std::to_string(per_row) + " columns, got " +
                      std::to_string(array.size()) + " numbers");
    values.assign(array.begin(), array.end());
  };
  std::vector<double> schedule, epoch, history, scores;
  std::vector<std::int64_t> counts;
  take("parameters", parameters_), take("adam/m", m_), take("adam/v", v_), take("best", best_);
  take("schedule", schedule), take("epoch", epoch, kEpochNumbers);
  take("history", history, kEpochNumbers), take("scores", scores, Scores::kNumbers), take("counts", counts);
  schedule_.restore(schedule);
  epoch_ = epoch_of(epoch.data());
  history_.clear(), scores_.clear();
  for (std::size_t k = 0; k < history.size(); k += kEpochNumbers) history_.push_back(epoch_of(&history[k]));
  for (std::size_t k = 0; k < scores.size(); k += Scores::kNumbers) {
    const double* x = &scores[k];
    scores_.push_back({x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8]});
  }
  best_epoch_ = counts.at(0), adam_steps_ = counts.at(1), updates_ = counts.at(2);
  order_ = order(this->epoch());
}

}  // namespace tsd::ctd_data
