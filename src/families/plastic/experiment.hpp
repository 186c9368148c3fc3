#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "families/plastic/learner.hpp"

namespace tsd::plastic {

// Learners with consecutive seeds, one iteration of each per step.
class PlasticExperiment final : public Experiment {
 public:
  PlasticExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return config_.max_total_iterations; }
  bool finished() const override;
  Headline headline() const override { return {"R"}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void take_over(const std::vector<std::string>& changed) override;
  Arrays weights() const override;
  void write_results(Hdf5Writer& results) override;
  std::optional<std::string> divergence() const override;

  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  std::vector<Learner>& learners() { return learners_; }
  std::unique_ptr<Backend> new_backend() const;

 private:
  using Clock = std::chrono::steady_clock;

  double seconds() const;
  bool out_of_time() const { return config_.max_wall_seconds && seconds() >= *config_.max_wall_seconds; }
  double multiply_adds() const;
  std::vector<Metric> row() const;
  void write_run(Hdf5Writer& results, const Learner& learner) const;
  void write_scalars(Hdf5Writer& results, const std::string& group, const Learner& learner) const;
  void write_model(Hdf5Writer& results, const std::string& group, const Learner& learner,
                   std::span<const float> parameters) const;
  void write_summary(Hdf5Writer& results) const;

  Config config_;
  RunContext context_;
  std::vector<Learner> learners_;
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;  // of earlier sessions; kept only under a budget, so that files stay equal
};

}  // namespace tsd::plastic
