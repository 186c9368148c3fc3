#include "families/plastic/learner.hpp"

#include <algorithm>
#include <numeric>

#include "tsd/engine/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::plastic {

namespace {
constexpr std::size_t kStageNumbers = 6;
}

Learner::Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend,
                 std::shared_ptr<const std::vector<Sequence>> recorded)
    : config_(config),
      seed_(seed),
      network_(config.network()),
      layout_(network_),
      table_(network_),
      backend_(std::move(backend)),
      gradient_(layout_.size),
      m_(layout_.size),
      v_(layout_.size),
      recorded_(std::move(recorded)),
      sequences_(static_cast<std::size_t>(config.batch_size)) {
  TorchGenerator generator(seed);
  parameters_ = initial_parameters(network_, layout_, config.initial_values(), generator);
  if (config.init_file)
    parameters_ = from_arrays(layout_, read_safetensors(*config.init_file, Checksum::if_present).arrays,
                              *config.init_file);
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

void Learner::diverge(const std::string& what) {
  end_ = End::diverged;
  log_warning(place() + ": " + what);
}

// False where it diverged.
bool Learner::learn(Score& score) {
  next_sequences();
  const auto outputs = backend_->gradient(parameters_, sequences_, gradient_);
  for (std::size_t b = 0; b < outputs.size(); ++b) score.add(sequences_[b], outputs[b]);
  if (!std::isfinite(score.loss)) return diverge("the loss is not finite"), false;
  for (const Slot* slot : layout_.all())
    if (!std::ranges::all_of(std::span(gradient_).subspan(slot->offset, slot->size()),
                             [](float g) { return std::isfinite(g); }))
      return diverge("the gradient is not finite; first bad parameter: " + slot->name), false;
  kernels::adamw(config_.adam(), ++adam_steps_, 1, layout_.size, gradient_.data(), parameters_.data(),
                 m_.data(), v_.data());
  keep_in_range(network_, layout_, parameters_);
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
    const double norm = std::sqrt(kernels::sum_of_squares(layout_.size, gradient_.data()));
    const auto row = table_.row(layout_, {iterations_, static_cast<int>(R_), score, norm}, parameters_);
    log_.insert(log_.end(), row.begin(), row.end());
  }
  ++iterations_;
  const bool mastered = succeeds(score), capped = iterations_ - stage_first_ >= config_.max_iterations_per_R;
  if (mastered || capped) finish_stage(mastered);
  if (end_ == End::no && iterations_ >= config_.max_total_iterations) end_ = End::iterations;
  if (end_ == End::no && recorded_ &&
      static_cast<std::size_t>(iterations_ + 1) * sequences_.size() > recorded_->size())
    end_ = End::data;
  return mastered || capped;
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
  stage.parameters = parameters_;
  stages_.push_back(std::move(stage));
  const int next = static_cast<int>(R_) + config_.R_increment;
  if (!mastered && config_.on_cap == OnCap::stop) end_ = End::cap;
  if (config_.max_R && next > *config_.max_R) end_ = End::max_R;
  if (end_ == End::no && config_.trivial(next) && !config_.trivial(config_.R_start)) end_ = End::chance;
  if (end_ != End::no) return;
  R_ = next;
  stage_first_ = iterations_;
  recent_.clear();
  if (!config_.reset_optimizer_per_R) return;
  adam_steps_ = 0;
  std::ranges::fill(m_, 0.0f);
  std::ranges::fill(v_, 0.0f);
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

Arrays Learner::save(const std::string& prefix) const {
  std::vector<std::int64_t> numbers = {iterations_, adam_steps_, R_, stage_first_,
                                       static_cast<std::int64_t>(end_)},
                            stages;
  std::vector<float> models;
  for (const Stage& s : stages_) {
    for (const std::int64_t number :
         {s.R, s.T, s.first, s.iterations, std::int64_t{s.mastered}, std::int64_t{s.capped}})
      stages.push_back(number);
    models.insert(models.end(), s.parameters.begin(), s.parameters.end());
  }
  Arrays all = {make_array(prefix + "parameters", parameters_),
                make_array(prefix + "adam/m", m_),
                make_array(prefix + "adam/v", v_),
                make_array(prefix + "numbers", numbers),
                make_array(prefix + "recent", recent_),
                make_array(prefix + "stages", stages),
                make_array(prefix + "models", models),
                make_array(prefix + "log", log_)};
  for (Array& generator : draws_->save()) {
    generator.name = prefix + "draws/" + generator.name;
    all.push_back(std::move(generator));
  }
  return all;
}

void Learner::restore(const Arrays& saved, const std::string& prefix) {
  const auto take = [&]<class T>(const std::string& name, std::vector<T>& values) {
    const auto array = find(saved, prefix + name).as<T>();
    values.assign(array.begin(), array.end());
  };
  std::vector<std::int64_t> numbers, stages;
  std::vector<float> models;
  take("parameters", parameters_);
  take("adam/m", m_);
  take("adam/v", v_);
  take("numbers", numbers);
  take("recent", recent_);
  take("stages", stages);
  take("models", models);
  take("log", log_);
  iterations_ = numbers[0], adam_steps_ = numbers[1], R_ = numbers[2], stage_first_ = numbers[3];
  end_ = static_cast<End>(numbers[4]);
  stages_.clear();
  for (std::size_t i = 0; i * kStageNumbers < stages.size(); ++i) {
    const auto* s = &stages[i * kStageNumbers];
    const auto model = std::span(models).subspan(i * layout_.size, layout_.size);
    stages_.push_back({s[0], s[1], s[2], s[3], s[4] != 0, s[5] != 0, {model.begin(), model.end()}});
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
