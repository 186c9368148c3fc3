// How far a model with these parameters is from a target.
#pragma once
#include <string>
#include <vector>

#include "families/dual_stream/fit/target.hpp"

namespace tsd::dual_stream {

struct Score {
  double value = 0;  // what is made small: sum of squared differences, or - log likelihood
  double rmsd = 0;   // of curves
  double log_likelihood = 0;
  double n = 0;  // cells, or answers
};

class Objective {
 public:
  Objective(const Config& config, std::uint64_t seed, Stimuli stimuli, std::string device = "cpu");

  Score operator()(const std::vector<double>& values, const Observed& target) const;
  Config with(const std::vector<double>& values) const;  // in the place of fit.parameters

 private:
  Score of_curves(const Config& config, const Observed& target) const;
  Score of_answers(const Config& config, const Observed& target) const;

  Config config_;
  std::uint64_t seed_;
  Stimuli stimuli_;
  std::string device_;
};

// Akaike's and Schwarz' criteria: of squared differences n ln(SSE / n) takes the place of - 2 lnL.
double aic(const Score& score, Measure measure, std::size_t parameters);
double bic(const Score& score, Measure measure, std::size_t parameters);

}  // namespace tsd::dual_stream
