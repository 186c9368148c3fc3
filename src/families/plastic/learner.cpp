#include "families/plastic/learner.hpp"

#include <algorithm>
#include <numeric>

#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::plastic {

Learner::Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend,
                 std::shared_ptr<const std::vector<Sequence>> recorded)
    : config_(config),
      seed_(seed),
      network_(config.spec()),
      layout_(network_),
      table_(network_),
      backend_(std::move(backend)),
      trainee_(layout_, std::vector<float>(layout_.size())),
      recorded_(std::move(recorded)),
      sequences_(static_cast<std::size_t>(config.batch_size)) {
  TorchGenerator generator(seed);
  auto start = initial_parameters(network_, layout_, config.initial_values(), generator);
  if (config.init_file)
    start = parameters_from(layout_, read_safetensors(*config.init_file, Checksum::if_present).arrays,
                            *config.init_file);
  std::ranges::copy(start, trainee_.mutable_values().begin());
  draws_ = config.rng == Rng::reference ? reference_draws(generator, seed) : fast_draws(seed);
  R_ = config.R_start;
}

int Learner::scenes() const {
  return recorded_ ? recorded_->front().T : config_.scenes(static_cast<int>(R_));
}

// Of the next sequence: the present one, or any up to it.
int Learner::next_interval() {
  if (!config_.mixed_R) return static_cast<int>(R_);
  const auto choices = (R_ - config_.R_start) / config_.R_increment + 1;
  return config_.R_start +
         config_.R_increment * static_cast<int>(draws_->uniform() * static_cast<double>(choices));
}

void Learner::next_sequences() {
  for (std::size_t b = 0; b < sequences_.size(); ++b)
    if (recorded_)
      sequences_[b] = (*recorded_)[static_cast<std::size_t>(iterations_) * sequences_.size() + b];
    else
      generate(config_.task(), next_interval(), scenes(), *draws_, sequences_[b]);
}

// False where it diverged.
bool Learner::learn(Score& score) {
  next_sequences();
  const auto outputs = backend_->gradient(parameters(), sequences_, trainee_.gradient());
  for (std::size_t b = 0; b < outputs.size(); ++b) score.add(sequences_[b], outputs[b]);
  try {
    trainee_.check(score.loss, trainee_.gradient_norm(), place() + ": ");
  } catch (const NumericError& error) {
    end_ = End::diverged;
    log_warning(error.what());
    return false;
  }
  trainee_.update(config_.adam());
  keep_in_range(network_, layout_, trainee_.mutable_values());
  return true;
}

std::string Learner::place() const {
  return "seed " + std::to_string(seed_) + ", R " + std::to_string(R_) + ", iteration " +
         std::to_string(iterations_);
}

bool Learner::step() {
  Score score;
  if (!learn(score)) return false;
  if (iterations_ % config_.log_every == 0) {
    const auto row = table_.row(layout_, {iterations_, static_cast<int>(R_), score, trainee_.gradient_norm()},
                                parameters());
    log_.insert(log_.end(), row.begin(), row.end());
  }
  ++iterations_;
  const bool mastered = succeeds(score), capped = iterations_ - stage_first_ >= config_.max_iterations_per_R;
  if (mastered || capped) finish_stage(mastered);
  end_if_exhausted();
  return mastered || capped;
}

void Learner::end_if_exhausted() {
  if (end_ == End::no && iterations_ >= config_.max_total_iterations) end_ = End::iterations;
  if (end_ == End::no && recorded_ &&
      static_cast<std::size_t>(iterations_ + 1) * sequences_.size() > recorded_->size())
    end_ = End::data;
}

// In float32, as in the original: 0.99f decides how many errors are forgiven (plastic.md 4.3).
bool Learner::succeeds(const Score& score) {
  recent_.push_back(double{score.accuracy()});
  const auto wanted = static_cast<std::size_t>(config_.acc_num);
  if (recent_.size() > wanted) recent_.erase(recent_.begin());
  if (recent_.size() < wanted) return false;
  const auto threshold = static_cast<float>(config_.acc_threshold);
  if (config_.criterion == Criterion::consecutive)
    return std::ranges::all_of(recent_,
                               [&](double accuracy) { return static_cast<float>(accuracy) >= threshold; });
  return std::accumulate(recent_.begin(), recent_.end(), 0.0) / config_.acc_num >= config_.acc_threshold;
}

void Learner::finish_stage(bool mastered) {
  Stage stage = current();
  stage.mastered = mastered, stage.capped = !mastered;
  stage.parameters = parameters();
  stages_.push_back(std::move(stage));
  if (!mastered && config_.on_cap == OnCap::stop) end_ = End::cap;
  advance();
}

// To the next interval, where there is one to learn.
void Learner::advance() {
  const int next = static_cast<int>(R_) + config_.R_increment;
  if (config_.max_R && next > *config_.max_R) end_ = End::max_R;
  if (end_ == End::no && config_.trivial(next) && !config_.trivial(config_.R_start)) end_ = End::chance;
  if (end_ != End::no) return;
  R_ = next;
  stage_first_ = iterations_;
  recent_.clear();
  if (config_.reset_optimizer_per_R) trainee_.forget_moments();
}

Stage Learner::current() const {
  return {R_, scenes(), stage_first_, iterations_ - stage_first_, false, false, {}};
}

std::int64_t Learner::max_R_mastered() const {
  std::int64_t best = 0;
  for (const Stage& stage : stages_)
    if (stage.mastered) best = std::max(best, stage.R);
  return best;
}

void Learner::judge_end_anew() {
  if (end_ == End::cap && iterations_ - stage_first_ < config_.max_iterations_per_R) {
    stages_.pop_back();  // its last stage goes on
    end_ = End::no;
  } else if (end_ == End::chance || end_ == End::max_R) {
    end_ = End::no;
    advance();
  } else if (end_ == End::iterations) {
    end_ = End::no;
  }
  end_if_exhausted();
}

Arrays Learner::save(const std::string& prefix) const {
  std::vector<float> models;
  for (const Stage& s : stages_) models.insert(models.end(), s.parameters.begin(), s.parameters.end());
  const std::int64_t adam_steps = trainee_.updates();
  Arrays all;
  trainee_.save(prefix, all);
  all.push_back(train::make_tied<std::int64_t>(prefix + "numbers", numbers(*this, adam_steps)));
  all.push_back(make_array(prefix + "recent", recent_));
  all.push_back(make_array(prefix + "stages", train::numbers(kStages, stages_)));
  all.push_back(make_array(prefix + "models", models));
  all.push_back(make_array(prefix + "log", log_));
  for (Array& generator : draws_->save()) {
    generator.name = prefix + "draws/" + generator.name;
    all.push_back(std::move(generator));
  }
  return all;
}

void Learner::restore(const Arrays& saved, const std::string& prefix) {
  std::int64_t adam_steps = 0;
  train::restore_tied<std::int64_t>(saved, prefix + "numbers", numbers(*this, adam_steps));
  trainee_.restore(saved, prefix, adam_steps);
  train::restore_all(saved, prefix + "recent", recent_);
  train::restore_all(saved, prefix + "log", log_);
  stages_ = train::records(kStages, find(saved, prefix + "stages").as<std::int64_t>());
  auto models = find(saved, prefix + "models").as<float>();
  for (Stage& stage : stages_) {
    stage.parameters.assign(models.begin(), models.begin() + static_cast<std::ptrdiff_t>(layout_.size()));
    models = models.subspan(layout_.size());
  }
  Arrays generators;
  const std::string draws = prefix + "draws/";
  for (const Array& array : saved)
    if (array.name.starts_with(draws)) {
      generators.push_back(array);
      generators.back().name.erase(0, draws.size());
    }
  draws_->load(generators);
}

}  // namespace tsd::plastic
