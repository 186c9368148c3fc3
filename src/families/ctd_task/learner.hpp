// One network and its training (ctd_task.md 4).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "families/ctd_task/config.hpp"
#include "families/ctd_task/score.hpp"

namespace tsd::ctd_task {

// Means over the updates of an epoch, and the validation after it.
struct Epoch {
  std::int64_t updates = 0;
  Loss train;
  double grad_norm = 0;  // before clipping
  double valid_loss = 0;
  std::vector<Metric> scores;
  Success success;  // MultiTask only
};

class Learner {
 public:
  Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend);

  std::int64_t updates_per_epoch() const { return static_cast<std::int64_t>(batches_.size()); }
  bool update();     // one batch; false where the epoch has none left
  void end_epoch();  // validation, and the batches of the next one

  std::uint64_t seed() const { return seed_; }
  const Layout& layout() const { return layout_; }
  const std::vector<float>& parameters() const { return parameters_; }
  const std::vector<float>& best() const { return best_; }  // at the least validation loss; empty: none yet
  std::int64_t best_epoch() const { return best_epoch_; }
  const std::vector<Epoch>& history() const { return history_; }
  const Dataset& validation() const { return data_.valid; }
  Backend& backend() { return *backend_; }

  // A pass over these trials of the validation data, with or without any noise.
  // position_steps: of the reaches' position loss.
  Loss evaluate(bool noisy, std::span<const std::int64_t> trials, int position_steps, Rollout& rollout);

  Arrays save(const std::string& prefix) const;
  void restore(const Arrays& saved, const std::string& prefix);

 private:
  void draw_batches();
  void learn(double norm);  // from gradient_
  void check(const Loss& loss, double norm) const;
  int position_steps() const;

  const Config& config_;
  std::uint64_t seed_;
  Task task_;
  ModelSpec spec_;
  Layout layout_;
  std::unique_ptr<Backend> backend_;
  Split data_;
  NumpyLegacy epoch_stream_;  // before the batches of the epoch were drawn
  Batches batches_;
  std::vector<float> parameters_, gradient_, m_, v_, best_;
  double best_loss_ = 0;
  std::int64_t best_epoch_ = -1, adam_steps_ = 0;
  Epoch epoch_;  // sums so far
  std::vector<Epoch> history_;
};

}  // namespace tsd::ctd_task
