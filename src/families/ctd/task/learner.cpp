#include "families/ctd/task/learner.hpp"

#include <algorithm>

#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::ctd_task {

namespace {

constexpr std::int64_t kFullTrialEpoch = 200;  // of the reaches' curriculum

std::vector<float> starting_parameters(const Config& config, const Layout& layout, std::uint64_t seed) {
  if (config.weights) return given_parameters(*config.weights, layout, seed);
  TorchGenerator generator(seed);
  return initial_parameters(config.spec(), layout, generator);
}

}  // namespace

std::vector<float> given_parameters(const std::string& path, const Layout& layout, std::uint64_t seed) {
  const Arrays all = read_safetensors(path, Checksum::if_present).arrays;
  const std::string first = layout.slots()[0].name, prefix = std::to_string(seed) + ".";
  Arrays own;
  std::string others;  // seeds
  for (const Array& array : all) {
    if (array.name == first) return from_arrays(layout, all, path);
    if (array.name.ends_with("." + first))
      others += (others.empty() ? "" : ", ") + array.name.substr(0, array.name.size() - first.size() - 1);
    if (!array.name.starts_with(prefix)) continue;
    own.push_back(array);
    own.back().name = array.name.substr(prefix.size());
  }
  if (own.empty() && !others.empty())
    throw DataError(path + ": expected a network of seed " + std::to_string(seed) + ", got those of " +
                    others);
  return from_arrays(layout, own.empty() ? all : own, path);
}

Learner::Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend)
    : config_(config),
      seed_(seed),
      task_(config.training_task()),
      spec_(config.spec()),
      layout_(spec_),
      backend_(std::move(backend)),
      data_(make_split(task_, config.data_task.n_samples, seed + config.data_task.seed_offset)),
      trainee_(layout_, starting_parameters(config, layout_, seed)) {
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

std::string Learner::place() const {
  return "seed " + std::to_string(seed_) + ", epoch " + std::to_string(history_.size()) + ", batch " +
         std::to_string(epoch_.updates) + ": ";
}

bool Learner::update() {
  if (epoch_.updates == updates_per_epoch()) return false;
  Batch batch;
  batch.data = &data_.train;
  batch.trials = batches_[static_cast<std::size_t>(epoch_.updates)];
  batch.position_steps = position_steps();
  Noise noise;
  noise.key = noise_key(seed_);
  noise.pass = 2 * static_cast<std::uint64_t>(trainee_.updates());
  const Loss loss = backend_->gradient(trainee_.values(), batch, noise, trainee_.gradient());
  const double norm = trainee_.gradient_norm();
  trainee_.check(loss.total(), norm, place());
  learn(norm);
  epoch_.train.task += loss.task, epoch_.train.effort += loss.effort, epoch_.train.latent += loss.latent;
  epoch_.grad_norm += norm;
  ++epoch_.updates;
  return true;
}

// The clipped gradient, with the L2 term added, goes to Adam.
void Learner::learn(double norm) {
  const TrainSettings& t = config_.train;
  const auto clip = static_cast<float>(train::clip_scale(norm, t.gradient_clip_val));
  const auto decay = static_cast<float>(t.weight_decay);
  std::vector<float>& gradient = trainee_.gradient();
  for (std::size_t k = 0; k < gradient.size(); ++k)
    gradient[k] = clip * gradient[k] + decay * trainee_.values()[k];
  trainee_.update({.lr = t.lr, .weight_decay = 0});
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
  if (comparable && (best().empty() || epoch_.valid_loss < best_loss_))
    trainee_.keep_best(), best_loss_ = epoch_.valid_loss, best_epoch_ = epoch;
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
  return backend_->run(parameters(), batch, noise, &rollout);
}

Arrays Learner::save(const std::string& prefix) const {
  std::vector<double> history;
  for (const Epoch& e : history_) {
    train::append(kEpochs, e, history);
    train::append(kScores, e.scores, history, flags_of(task_));
    history.insert(history.end(), e.success.reference.begin(), e.success.reference.end());
    history.insert(history.end(), e.success.strict.begin(), e.success.strict.end());
  }
  const std::int64_t updates = trainee_.updates();
  Arrays all;
  trainee_.save(prefix, all);
  all.push_back(train::make_tied<double>(prefix + "numbers", numbers(*this, updates)));
  all.push_back(make_array(prefix + "history", history));
  all.push_back(make_scalar(prefix + "epochs", static_cast<std::int64_t>(history_.size())));
  all.push_back(epoch_stream_.save(prefix + "stream"));
  return all;
}

void Learner::restore(const Arrays& saved, const std::string& prefix) {
  std::int64_t updates = 0;
  epoch_ = {};
  train::restore_tied<double>(saved, prefix + "numbers", numbers(*this, updates));
  trainee_.restore(saved, prefix, updates);
  history_.assign(static_cast<std::size_t>(scalar<std::int64_t>(saved, prefix + "epochs")), {});
  auto history = find(saved, prefix + "history").as<double>();
  for (Epoch& e : history_) {
    train::take(kEpochs, e, history);
    train::take(kScores, e.scores, history, flags_of(task_));
    for (std::vector<double>* rates : {&e.success.reference, &e.success.strict}) {
      rates->assign(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(config_.tasks().size()));
      history = history.subspan(rates->size());
    }
  }
  data_.stream.load(find(saved, prefix + "stream"));
  draw_batches();
}

}  // namespace tsd::ctd_task
