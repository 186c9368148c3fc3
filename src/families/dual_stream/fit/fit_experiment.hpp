// The search for parameters as an experiment: a step is one model of every search that is not at its end.
#pragma once
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/fit/objective.hpp"
#include "families/dual_stream/fit/profile.hpp"
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
  struct Side {
    std::size_t of;  // target
    ProfileSide profile;
  };
  struct Best {
    double least = HUGE_VAL;
    std::vector<double> parameters = {};
  };
  struct Question {
    std::size_t of;  // target
    std::vector<double> place;
    std::function<void(double)> tell;
  };

  std::size_t parameters() const { return config_.fit.parameters.size(); }
  std::size_t groups() const { return config_.fit.individual ? target_.participants.size() : 1; }
  std::size_t bootstraps() const { return static_cast<std::size_t>(config_.fit.bootstrap); }
  int local_evaluations() const;
  std::vector<double> parameters_at(const std::vector<double>& place) const;
  std::vector<double> place_of(const std::vector<double>& parameters) const;
  void begin_search();
  void begin_profile();
  void begin_bootstrap();
  bool awaits_profile() const { return config_.fit.profile && sides_.empty(); }
  bool awaits_bootstrap() const { return bootstraps() > 0 && first_resample_ == 0; }
  void tell(Search& search, double value);
  std::vector<Question> questions();
  bool searching() const;  // any search or profile is not at its end
  std::span<const Side> sides_of(std::size_t group, std::size_t first, std::size_t last) const;
  Best best_of(std::size_t group) const;
  std::vector<double> best_parameters() const;
  std::vector<ProfilePoint> profile_of(std::size_t group, std::size_t parameter) const;
  void restore_profile(const Arrays& state);

  void write_best(Hdf5Writer& results) const;
  void write_searches(Hdf5Writer& results) const;
  void write_individuals(Hdf5Writer& results) const;
  void write_bootstrap(Hdf5Writer& results) const;
  void write_profile(Hdf5Writer& results) const;
  void write_intervals(Hdf5Writer& results, const std::string& group, const Shape& shape) const;

  Config config_;
  RunContext context_;
  Stimuli stimuli_;
  Observed target_;
  Objective objective_;
  std::vector<Observed> targets_;  // of each group, then the resamples
  std::vector<Search> searches_;   // of each group as many as starts; then of the resamples
  std::vector<Side> sides_;        // of each group and parameter two, once the searches are at their end
  std::vector<double> least_of_searches_;  // of each group, when the profiles began
  std::size_t first_resample_ = 0;         // in searches_, once they have begun
  std::unique_ptr<DualStreamExperiment> best_run_;
};

std::vector<Output> fit_outputs();

}  // namespace tsd::dual_stream
