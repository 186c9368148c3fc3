// How sure an accuracy is, and what chance would give.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "tsd/engine/rng/philox.hpp"

namespace tsd::math {

struct Interval {
  double low = 0, high = 0;
};

// The 95 % percentile bootstrap interval of a share of `correct` of `n` independent trials. Resampling makes
// the count binomial, so no resample is drawn.
Interval bootstrap_interval(int correct, int n);

// The 2.5 and 97.5 percentiles of `values` (linear between order statistics); NaN without values.
Interval percentiles(std::vector<double> values);

// (accuracy - 1/K) / (1 - 1/K)
double normalised(double accuracy, int K);

// Answers to held-out trials. All but trials with a label that no decoder could know.
struct Answers {
  std::vector<int> label, predicted;
  int classes = 0;  // of the decoder

  int correct() const;
  double accuracy() const;  // NaN without trials
};

// Accuracies under shuffled labels.
struct Null {
  double mean = 0, sd = 0, p = 1;  // p: share of the shuffles (and the truth) at least as accurate
};
Null null_of(const std::vector<double>& accuracies, double accuracy);  // NaN without accuracies
Null shuffled(const Answers& answers, int shuffles, Philox& rng);

// x with P(X < x) = p for a standard normal X; p in (0, 1).
double normal_quantile(double p);

// The normal quantile of a share of counted trials, as (count + 1/2) / (total + 1), so that it is finite
// (log-linear; Hautus 1995, doi:10.3758/BF03203619).
double z_of_share(double count, double total);

void shuffle(std::vector<int>& values, Philox& rng);

// How often each of `n` things is drawn in n draws with replacement.
std::vector<int> resample_counts(int n, Philox& rng);

}  // namespace tsd::math
