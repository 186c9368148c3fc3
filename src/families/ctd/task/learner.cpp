#include "families/ctd/task/learner.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_task {

namespace {

constexpr std::int64_t kFullTrialEpoch = 200;  // of the reaches' curriculum

}  // namespace

Learner::Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend)
    : config_(config),
      seed_(seed),
      task_(config.training_task()),
      spec_(config.spec()),
      layout_(spec_),
      backend_(std::move(backend)),
      data_(make_split(task_, config.data_task.n_samples, seed + config.data_task.seed_offset)),
      gradient_(layout_.size()),
      m_(layout_.size()),
      v_(layout_.size()) {
  TorchGenerator generator(seed);
  parameters_ = initial_parameters(spec_, layout_, generator);
  if (config.weights)
    parameters_ =
        from_arrays(layout_, read_safetensors(*config.weights, Checksum::if_present).arrays, *config.weights);
  draw_batches();
}

void Learner::draw_batches() {
  epoch_stream_ = data_.stream;
  if (config_.task == TaskName::MultiTask && config_.multitask.grouped_sampler)
    batches_ = grouped_batches(data_.train.conds, config_.train.batch_size, config_.multitask.all_batches,
                               data_.stream);
  else
    batches_ = random_batches(data_.train.N, config_.train.batch_size, data_.stream);
}

int Learner::position_steps() const {
  return shape_of(task_).closed_loop()
             ? curriculum_steps(shape_of(task_).T, static_cast<std::int64_t>(history_.size()))
             : 0;
}

void Learner::check(const Loss& loss, double norm) const {
  const auto place = "seed " + std::to_string(seed_) + ", epoch " + std::to_string(history_.size()) +
                     ", batch " + std::to_string(epoch_.updates) + ": ";
  if (!std::isfinite(loss.total())) throw NumericError(place + "the loss is not finite");
  if (std::isfinite(norm)) return;
  for (const Slot& slot : layout_.slots())
    if (!std::ranges::all_of(std::span(gradient_).subspan(slot.offset, slot.size()),
                             [](float g) { return std::isfinite(g); }))
      throw NumericError(place + "the gradient is not finite; first bad parameter: " + slot.name);
}

bool Learner::update() {
  if (epoch_.updates == updates_per_epoch()) return false;
  Batch batch;
  batch.data = &data_.train;
  batch.trials = batches_[static_cast<std::size_t>(epoch_.updates)];
  batch.position_steps = position_steps();
  Noise noise;
  noise.key = noise_key(seed_);
  noise.pass = 2 * static_cast<std::uint64_t>(adam_steps_);
  const Loss loss = backend_->gradient(parameters_, batch, noise, gradient_);
  const double norm = std::sqrt(kernels::sum_of_squares(gradient_.size(), gradient_.data()));
  check(loss, norm);
  learn(norm);
  epoch_.train.task += loss.task, epoch_.train.effort += loss.effort, epoch_.train.latent += loss.latent;
  epoch_.grad_norm += norm;
  ++epoch_.updates;
  return true;
}

// The clipped gradient, with the L2 term added, goes to Adam.
void Learner::learn(double norm) {
  const TrainSettings& t = config_.train;
  const auto clip =
      static_cast<float>(t.gradient_clip_val > 0 ? std::min(1.0, t.gradient_clip_val / (norm + 1e-6)) : 1.0);
  const auto decay = static_cast<float>(t.weight_decay);
  for (std::size_t k = 0; k < gradient_.size(); ++k)
    gradient_[k] = clip * gradient_[k] + decay * parameters_[k];
  kernels::adamw({.lr = t.learning_rate, .weight_decay = 0}, ++adam_steps_, 1, gradient_.size(),
                 gradient_.data(), parameters_.data(), m_.data(), v_.data());
}

void Learner::end_epoch() {
  const auto n = static_cast<double>(epoch_.updates);
  epoch_.train.task /= n, epoch_.train.effort /= n, epoch_.train.latent /= n, epoch_.grad_norm /= n;
  Rollout rollout;
  rollout.controlled_only = true;
  epoch_.valid_loss = evaluate(true, first_trials(data_.valid.N), position_steps(), rollout).total();
  epoch_.scores = scores(task_, data_.valid, rollout);
  if (!config_.tasks().empty()) epoch_.success = success(data_.valid, rollout, config_.tasks().size());
  const auto epoch = static_cast<std::int64_t>(history_.size());
  const bool comparable = !shape_of(task_).closed_loop() || epoch >= kFullTrialEpoch;
  if (comparable && (best_.empty() || epoch_.valid_loss < best_loss_))
    best_ = parameters_, best_loss_ = epoch_.valid_loss, best_epoch_ = epoch;
  history_.push_back(std::move(epoch_));
  epoch_ = {};
  draw_batches();
}

Loss Learner::evaluate(bool noisy, std::span<const std::int64_t> trials, int position_steps,
                       Rollout& rollout) {
  Batch batch;
  batch.data = &data_.valid;
  batch.trials = trials;
  batch.noiseless_inputs = !noisy;
  batch.position_steps = position_steps;
  Noise noise;
  noise.key = noise_key(seed_);
  noise.pass = 2 * static_cast<std::uint64_t>(history_.size()) + 1;
  noise.on = noisy;
  return backend_->run(parameters_, batch, noise, &rollout);
}

Arrays Learner::save(const std::string& prefix) const {
  std::vector<double> numbers = {best_loss_,
                                 static_cast<double>(best_epoch_),
                                 static_cast<double>(adam_steps_),
                                 static_cast<double>(epoch_.updates),
                                 epoch_.train.task,
                                 epoch_.train.effort,
                                 epoch_.train.latent,
                                 epoch_.grad_norm};
  std::vector<double> history;
  for (const Epoch& e : history_) {
    for (const double x : {static_cast<double>(e.updates), e.train.task, e.train.effort, e.train.latent,
                           e.grad_norm, e.valid_loss})
      history.push_back(x);
    for (const Metric& score : e.scores) history.push_back(score.value);
    history.insert(history.end(), e.success.reference.begin(), e.success.reference.end());
    history.insert(history.end(), e.success.strict.begin(), e.success.strict.end());
  }
  return {make_array(prefix + "parameters", parameters_),
          make_array(prefix + "adam/m", m_),
          make_array(prefix + "adam/v", v_),
          make_array(prefix + "best", best_),
          make_array(prefix + "numbers", numbers),
          make_array(prefix + "history", history),
          make_scalar(prefix + "epochs", static_cast<std::int64_t>(history_.size())),
          epoch_stream_.save(prefix + "stream")};
}

void Learner::restore(const Arrays& saved, const std::string& prefix) {
  const auto take = [&]<class T>(const std::string& name, std::vector<T>& values) {
    const auto array = find(saved, prefix + name).as<T>();
    values.assign(array.begin(), array.end());
  };
  std::vector<double> numbers, history;
  take("parameters", parameters_);
  take("adam/m", m_);
  take("adam/v", v_);
  take("best", best_);
  take("numbers", numbers);
  take("history", history);
  best_loss_ = numbers[0];
  best_epoch_ = static_cast<std::int64_t>(numbers[1]);
  adam_steps_ = static_cast<std::int64_t>(numbers[2]);
  epoch_ = {
      static_cast<std::int64_t>(numbers[3]), {numbers[4], numbers[5], numbers[6]}, numbers[7], 0, {}, {}};
  Rollout none;  // for the names of the scores
  none.controlled.resize(data_.valid.targets.size());
  const auto names = scores(task_, data_.valid, none);
  history_.clear();
  const auto* x = history.data();
  for (std::int64_t k = scalar<std::int64_t>(saved, prefix + "epochs"); k > 0; --k) {
    Epoch e{static_cast<std::int64_t>(x[0]), {x[1], x[2], x[3]}, x[4], x[5], names, {}};
    x += 6;
    for (Metric& score : e.scores) score.value = *x++;
    const std::size_t tasks = config_.tasks().size();
    e.success.reference.assign(x, x + tasks);
    e.success.strict.assign(x + tasks, x + 2 * tasks);
    x += 2 * tasks;
    history_.push_back(std::move(e));
  }
  data_.stream.load(find(saved, prefix + "stream"));
  draw_batches();
}

}  // namespace tsd::ctd_task
