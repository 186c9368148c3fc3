// One network and its training (ctd_task.md 4).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "families/ctd/task/config.hpp"
#include "families/ctd/task/score.hpp"
#include "tsd/train/tied.hpp"
#include "tsd/train/trainee.hpp"

namespace tsd::ctd_task {

// Means over the updates of an epoch, and the validation after it.
struct Epoch {
  std::int64_t updates = 0;
  Loss train;
  double grad_norm = 0;  // before clipping
  double valid_loss = 0;
  Scores scores;
  Success success;  // MultiTask only
};

inline constexpr train::Column<Epoch> kEpochs[] = {
    {"updates", "", "updates of the epoch", train::kept<0, &Epoch::updates>, train::Shown::nowhere},
    {"train_loss", "", "mean loss of the epoch's updates", [](const Epoch& e) { return e.train.total(); }},
    {"task_loss", "", "its part from outputs or positions", train::kept<1, &Epoch::train, &Loss::task>,
     train::Shown::results},
    {"act_loss", "", "its part from commands", train::kept<2, &Epoch::train, &Loss::effort>,
     train::Shown::results},
    {"latent_loss", "", "its part from latents", train::kept<3, &Epoch::train, &Loss::latent>,
     train::Shown::results},
    {"valid_loss", "", "loss of all validation trials after the epoch", train::kept<5, &Epoch::valid_loss>},
    {"grad_norm", "", "mean norm of the gradient before clipping", train::kept<4, &Epoch::grad_norm>},
};

// From a safetensors file: of one network, or of several by their seeds, as in checkpoints of n_runs.
std::vector<float> given_parameters(const std::string& path, const Layout& layout, std::uint64_t seed);

class Learner {
 public:
  Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend);

  std::int64_t updates_per_epoch() const { return static_cast<std::int64_t>(batches_.size()); }
  bool update();     // one batch; false where the epoch has none left
  void end_epoch();  // validation, and the batches of the next one

  std::uint64_t seed() const { return seed_; }
  const Layout& layout() const { return layout_; }
  const std::vector<float>& parameters() const { return trainee_.values(); }
  const std::vector<float>& best() const { return trainee_.best(); }  // at the least validation loss
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
  void learn(double norm);  // from the gradient
  std::string place() const;
  int position_steps() const;
  static auto numbers(auto& self, auto& updates) {
    return std::tie(self.best_loss_, self.best_epoch_, updates, self.epoch_.updates, self.epoch_.train.task,
                    self.epoch_.train.effort, self.epoch_.train.latent, self.epoch_.grad_norm);
  }

  const Config& config_;
  std::uint64_t seed_;
  Task task_;
  ModelSpec spec_;
  Layout layout_;
  std::unique_ptr<Backend> backend_;
  Split data_;
  NumpyLegacy epoch_stream_;  // before the batches of the epoch were drawn
  Batches batches_;
  train::Trainee trainee_;
  double best_loss_ = 0;
  std::int64_t best_epoch_ = -1;
  Epoch epoch_;  // sums so far
  std::vector<Epoch> history_;
};

}  // namespace tsd::ctd_task
