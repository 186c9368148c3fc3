// One model and its training (ctd_data.md 4).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "families/ctd_data/backend.hpp"
#include "families/ctd_data/schedule.hpp"
#include "families/ctd_data/score.hpp"

namespace tsd::ctd_data {

// Means over an epoch's batches, weighted by their size, and the validation after it.
struct Epoch {
  Loss train, valid;
  double train_l2 = 0, valid_l2 = 0;  // weighted penalties (4.2)
  double train_loss = 0, valid_loss = 0;
  double grad_norm = 0;  // before clipping, mean over updates
  double lr = 0, kl_ramp = 0, l2_ramp = 0;
  double smoothed = 0;  // validation reconstruction (LFADS)
};

class Learner {
 public:
  Learner(const Config& config, std::uint64_t seed, const Recording& recording,
          std::unique_ptr<Backend> backend);

  std::int64_t updates_per_epoch() const { return updates_per_epoch_; }
  void update();     // one batch
  void end_epoch();  // validation, and now and then a comparison with the truth
  bool finished() const;

  const Layout& layout() const { return layout_; }
  const std::vector<float>& parameters() const { return parameters_; }
  const std::vector<float>& best() const { return best_; }  // in validation; empty: none yet
  std::int64_t best_epoch() const { return best_epoch_; }
  const std::vector<Epoch>& history() const { return history_; }
  const std::vector<Scores>& scores() const { return scores_; }

  // Without dropout, with posterior means or over posterior_samples.
  Outputs evaluate(const Trials& trials, std::span<const float> parameters);
  // With dropout, of posterior means: what models that stay in training mode give.
  Outputs evaluate_with_dropout(const Trials& trials, std::span<const float> parameters);

  Arrays save() const;
  void restore(const Arrays& saved);

 private:
  std::int64_t epoch() const { return static_cast<std::int64_t>(history_.size()); }
  Objective objective() const;
  std::vector<std::int64_t> order(std::int64_t epoch) const;
  void learn(double norm);  // from gradient_
  void check(const Loss& loss, double norm) const;
  void validate();
  using BatchOutputs = std::function<Outputs(const Batch& batch, std::int64_t first)>;
  Outputs over_batches(const Trials& trials, const BatchOutputs& outputs_of) const;
  Outputs evaluate(const Batch& batch, std::int64_t first, std::span<const float> parameters);

  const Config& config_;
  std::uint64_t seed_;
  const Recording& data_;
  ModelSpec spec_;
  Layout layout_;
  std::unique_ptr<Backend> backend_;
  std::int64_t updates_per_epoch_;
  std::vector<float> parameters_, gradient_, m_, v_, best_;
  Schedule schedule_;
  std::int64_t best_epoch_ = -1, adam_steps_ = 0, updates_ = 0;
  std::vector<std::int64_t> order_;  // of the epoch's trials
  Epoch epoch_;                      // sums so far
  std::vector<Epoch> history_;
  std::vector<Scores> scores_;
};

}  // namespace tsd::ctd_data
