// One model and its training (ctd_data.md 4).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "families/ctd/data/model/backend.hpp"
#include "families/ctd/data/schedule.hpp"
#include "families/ctd/data/score.hpp"
#include "tsd/train/trainee.hpp"

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

inline constexpr train::Column<Epoch> kEpochs[] = {
    {"train_loss", "", "mean loss of the epoch's updates", train::kept<10, &Epoch::train_loss>},
    {"valid_loss", "", "loss of validation trials after the epoch", train::kept<11, &Epoch::valid_loss>},
    {"lr", "", "step size", train::kept<13, &Epoch::lr>},
    {"grad_norm", "", "mean norm of the gradient before clipping", train::kept<12, &Epoch::grad_norm>},
    {"train_recon", "", "reconstruction term, training", train::kept<0, &Epoch::train, &Loss::recon>,
     train::Shown::everywhere, kLfads},
    {"valid_recon", "", "reconstruction term, validation", train::kept<4, &Epoch::valid, &Loss::recon>,
     train::Shown::everywhere, kLfads},
    {"recon_smth", "", "the latter smoothed, which decides on step size and end",
     train::kept<16, &Epoch::smoothed>, train::Shown::everywhere, kLfads},
    {"train_kl_ic", "nats", "divergence of initial states from their prior, training",
     train::kept<1, &Epoch::train, &Loss::kl_ic>, train::Shown::everywhere, kLfads},
    {"valid_kl_ic", "nats", "the same in validation", train::kept<5, &Epoch::valid, &Loss::kl_ic>,
     train::Shown::results, kLfads},
    {"train_kl_co", "nats", "divergence of inferred inputs from their prior, training",
     train::kept<2, &Epoch::train, &Loss::kl_co>, train::Shown::everywhere, kLfads},
    {"valid_kl_co", "nats", "the same in validation", train::kept<6, &Epoch::valid, &Loss::kl_co>,
     train::Shown::results, kLfads},
    {"train_l2", "", "penalty of weights, training", train::kept<8, &Epoch::train_l2>, train::Shown::results,
     kLfads},
    {"valid_l2", "", "the same in validation", train::kept<9, &Epoch::valid_l2>, train::Shown::results,
     kLfads},
    {"kl_ramp", "", "factor of the divergences", train::kept<14, &Epoch::kl_ramp>, train::Shown::results,
     kLfads},
    {"l2_ramp", "", "factor of the penalty and of the weight decay", train::kept<15, &Epoch::l2_ramp>,
     train::Shown::results, kLfads},
    {"train_held_out", "", "reconstruction of samples kept from the encoders, training",
     train::kept<3, &Epoch::train, &Loss::held_out>, train::Shown::results, kLfads | kHeldOut},
    {"valid_held_out", "", "the same in validation", train::kept<7, &Epoch::valid, &Loss::held_out>,
     train::Shown::results, kLfads | kHeldOut},
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
  const std::vector<float>& parameters() const { return trainee_.values(); }
  const std::vector<float>& best() const { return trainee_.best(); }  // in validation; empty: none yet
  std::int64_t best_epoch() const { return best_epoch_; }
  const std::vector<Epoch>& history() const { return history_; }
  const std::vector<Scores>& scores() const { return scores_; }

  // Without dropout, with posterior means or over posterior_samples.
  Outputs evaluate(const Trials& trials, std::span<const float> parameters);
  // With dropout, of posterior means: what models that stay in training mode give.
  Outputs evaluate_with_dropout(const Trials& trials, std::span<const float> parameters);

  Arrays save() const;
  void restore(const Arrays& saved);
  void begin_with_lr(double lr) { schedule_.begin_with_lr(lr); }

 private:
  std::int64_t epoch() const { return static_cast<std::int64_t>(history_.size()); }
  Objective objective() const;
  std::vector<std::int64_t> order(std::int64_t epoch) const;
  std::vector<double> forward_scores() const;
  void learn(double norm);  // from the gradient
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
  train::Trainee trainee_;
  Schedule schedule_;
  std::int64_t best_epoch_ = -1, updates_ = 0;
  std::vector<std::int64_t> order_;  // of the epoch's trials
  Epoch epoch_;                      // sums so far
  std::vector<Epoch> history_;
  std::vector<Scores> scores_;
};

}  // namespace tsd::ctd_data
