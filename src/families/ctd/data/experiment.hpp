#pragma once
#include <memory>
#include <string>

#include "families/ctd/data/learner.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_data {

// One model on one recording; a step is an update.
class CtdDataExperiment final : public Experiment {
 public:
  CtdDataExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return config_.train.epochs * learner_->updates_per_epoch(); }
  bool finished() const override {
    return step_ % learner_->updates_per_epoch() == 0 && learner_->finished();
  }
  Headline headline() const override { return {spec_.is_lfads() ? "recon_smth" : "valid_loss", false}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void take_over(const std::vector<std::string>& changed) override;
  Arrays weights() const override { return nn::to_arrays(learner_->layout(), learner_->parameters()); }
  bool keeps_final() const override { return true; }
  void write_results(Hdf5Writer& results) override;

  const Config& config() const { return config_; }
  const Recording& recording() const { return recording_; }
  // Inferred rates of trials of the recording, [trial, step, neuron], from the weights that the results come from.
  std::vector<float> rates(const Trials& trials);

 private:
  StepReport end_epoch();
  unsigned flags() const {  // of columns
    return (spec_.is_lfads() ? kLfads : 0u) | (config_.data.sv_rate > 0 ? kHeldOut : 0u) |
           (spec_.extents.forward > 0 ? kForward : 0u);
  }
  const std::vector<float>& kept_parameters() const;
  void write_parameters(Hdf5Writer& results) const;
  void write_history(Hdf5Writer& results) const;
  void write_sessions(Hdf5Writer& results) const;
  void write_outputs(Hdf5Writer& results, const std::string& part, const Trials& trials,
                     std::span<const float> parameters);
  // values [trial, number] or, of steps, [trial, time, number]; nothing where there are none
  void write_output(Hdf5Writer& results, const std::string& path, const Trials& trials,
                    const std::vector<float>& values, bool steps) const;

  Config config_;
  Recording recording_;
  ModelSpec spec_;
  std::unique_ptr<Learner> learner_;
  std::int64_t step_ = 0;
};

}  // namespace tsd::ctd_data
