#pragma once
#include <string>
#include <vector>

#include "families/ctd/task/learner.hpp"

namespace tsd::ctd_task {

// Networks with consecutive seeds, one update of each per step.
class CtdTaskExperiment final : public Experiment {
 public:
  CtdTaskExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return config_.train.epochs * updates_per_epoch_; }
  Headline headline() const override { return {"valid_loss", false}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  Arrays weights() const override;
  bool keeps_final() const override { return true; }
  void write_results(Hdf5Writer& results) override;

  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  std::vector<Learner>& learners() { return learners_; }

 private:
  int threads_outside() const;
  StepReport end_epoch();
  void write_run(Hdf5Writer& results, Learner& learner) const;
  void write_history(Hdf5Writer& results, const std::string& group, const Learner& learner) const;
  void write_evaluation(Hdf5Writer& results, const std::string& group, Learner& learner) const;

  Config config_;
  RunContext context_;
  std::vector<Learner> learners_;
  std::int64_t updates_per_epoch_ = 0, step_ = 0;
};

// native or LibTorch, with this many threads of its own.
std::unique_ptr<Backend> make_backend(const Config& config, const Task& task, const std::string& device,
                                      int threads);

}  // namespace tsd::ctd_task
