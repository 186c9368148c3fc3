// The search for parameters as an experiment: a step is one model of every search that is not at its end.
#pragma once
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/fit/objective.hpp"
#include "tsd/math/minimiser.hpp"

namespace tsd::dual_stream {

class FitExperiment final : public Experiment {
 public:
  FitExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override;
  bool finished() const override;
  Pace pace() const override { return {"models", static_cast<double>(searches_.size())}; }
  Headline headline() const override { return {"value", false}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void write_results(Hdf5Writer& results) override;

  // The run with the best parameters (of individuals: their medians), from first to last epoch.
  DualStreamExperiment& best_run();

 private:
  struct Search {
    std::size_t of;  // target: all together or a participant; after those, resamples
    math::Minimiser minimiser;
    std::vector<double> values = {};  // of each model tried
    double least = HUGE_VAL;
    std::vector<double> best = {};  // parameters there
  };

  std::size_t parameters() const { return config_.fit.parameters.size(); }
  std::size_t groups() const { return config_.fit.individual ? target_.participants.size() : 1; }
  std::size_t bootstraps() const { return static_cast<std::size_t>(config_.fit.bootstrap); }
  std::vector<double> parameters_at(const std::vector<double>& place) const;
  void begin_search();
  void begin_bootstrap();
  void tell(Search& search, double value);
  bool searching() const;  // any search is not at its end
  const Search& best_of(std::size_t group) const;
  std::vector<double> best_parameters() const;

  void write_best(Hdf5Writer& results) const;
  void write_searches(Hdf5Writer& results) const;
  void write_individuals(Hdf5Writer& results) const;
  void write_bootstrap(Hdf5Writer& results) const;

  Config config_;
  RunContext context_;
  Stimuli stimuli_;
  Observed target_;
  Objective objective_;
  std::vector<Observed> targets_;  // of each group, then the resamples
  std::vector<Search> searches_;
  std::size_t first_resample_ = 0;  // in searches_, once they have begun
  std::unique_ptr<DualStreamExperiment> best_run_;
};

std::vector<Output> fit_outputs();

}  // namespace tsd::dual_stream
