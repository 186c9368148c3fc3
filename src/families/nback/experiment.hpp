// Training of one N-back model: epochs of training batches, each followed by the validation splits
// (nback.md 4.3).
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/nback/config.hpp"
#include "families/nback/data/material.hpp"
#include "families/nback/data/training_stream.hpp"
#include "families/nback/model/backend.hpp"
#include "families/nback/model/metrics.hpp"
#include "tsd/train/history.hpp"

namespace tsd::nback {

struct EpochRecord {
  double lr = 0;
  Tally train;
  std::vector<Tally> validation;  // one per split
};

inline constexpr train::Column<EpochRecord> kCurves[] = {
    {"lr", "", "AdamW step size in the epoch", [](const EpochRecord& r) { return r.lr; }},
    {"train_loss", "nat", "training loss, mean over batches",
     [](const EpochRecord& r) { return r.train.loss(); }},
    {"train_acc", "fraction", "accuracy over all steps, mean over batches",
     [](const EpochRecord& r) { return r.train.accuracy(); }},
    {"train_masked_acc", "fraction", "accuracy on executive steps (t >= n)",
     [](const EpochRecord& r) { return r.train.masked_accuracy(); }},
    {"train_no_action_acc", "fraction", "accuracy on trivial steps (t < n)",
     [](const EpochRecord& r) { return r.train.no_action_accuracy(); }},
    {"train_non_match_acc", "fraction", "recall on executive steps",
     [](const EpochRecord& r) { return r.train.recall(Response::non_match); }, train::Shown::metrics},
    {"train_match_acc", "fraction", "recall on executive steps",
     [](const EpochRecord& r) { return r.train.recall(Response::match); }, train::Shown::metrics},
};
inline constexpr train::Column<Tally> kSplitCurves[] = {
    {"loss", "nat",
     "class-weighted cross entropy, mean over batches; trivial steps count only in what label smoothing adds",
     [](const Tally& t) { return t.weighted_loss(); }},
    {"total_loss", "nat", "the same with the no-action term, as in training",
     [](const Tally& t) { return t.loss(); }},
    {"acc", "fraction", "accuracy over all steps, mean over batches",
     [](const Tally& t) { return t.accuracy(); }},
    {"acc_masked", "fraction", "accuracy on executive steps",
     [](const Tally& t) { return t.masked_accuracy(); }},
    {"acc_no_action", "fraction", "accuracy on trivial steps",
     [](const Tally& t) { return t.no_action_accuracy(); }},
};

std::string epoch_name(int epoch);  // "epoch_007": of snapshots and groups

class NbackExperiment final : public Experiment {
 public:
  NbackExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return steps_per_epoch_ * config_.epochs; }
  bool finished() const override;
  Headline headline() const override { return {config_.selection_metric}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  Arrays weights() const override;
  void write_results(Hdf5Writer& results) override;

  // For the analyses.
  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  const Material& material() const { return material_; }
  const std::vector<ValidationSet>& validation() const { return stream_->validation(); }
  // Takes the weights of `choice` (best, last, or the number of an epoch that was kept) and returns the
  // epoch. MissingInput where there are none, saying of which epochs there are.
  int use_epoch(const std::string& choice);
  // What the network does on these sequences, of equal length, with the weights at hand.
  Trace trace(std::span<const Sequence> sequences);

 private:
  int epoch() const { return static_cast<int>(history_.size()) + 1; }  // counts from 1
  EpochRecord blank_record() const;
  void load(const Arrays& weights);
  void look_at_batch();
  void look_at_all();
  void train_batch();
  void validate_batch(std::int64_t batch);
  StepReport finish_epoch();
  std::vector<Metric> row(const EpochRecord& record) const;
  bool wants_hidden(int epoch) const;

  void write_stimuli(Hdf5Writer& results) const;
  void write_curves(Hdf5Writer& results) const;
  void write_sequences(Hdf5Writer& results) const;
  void write_weights(Hdf5Writer& results, const std::string& group, const Arrays& weights) const;
  void write_hidden(Hdf5Writer& results);
  void write_hidden(Hdf5Writer& results, const ValidationSet& split, int epoch);

  Config config_;
  RunContext context_;
  Material material_;
  std::unique_ptr<TrainingStream> stream_;
  LossSpec loss_;
  std::unique_ptr<Backend> backend_;
  std::int64_t train_batches_, steps_per_epoch_;

  std::int64_t cursor_ = 0;  // steps of the epoch under way
  EpochRecord current_;
  std::vector<EpochRecord> history_;
  int best_epoch_ = 0;  // 0: none yet
  double best_score_ = 0;
  Batch batch_;
  bool sees_all_ = false;  // live: the backend holds the features of all images
};

}  // namespace tsd::nback
