// Factor analysis by maximum likelihood, as scikit-learn's FactorAnalysis (svd_method="lapack") finds it.
#pragma once
#include <vector>

#include "tsd/math/regression.hpp"

namespace tsd::math {

// x = mean + z loadings + noise, z standard normal.
struct FactorAnalysis {
  std::vector<double> mean, noise;  // variances of the latter
  DenseD loadings;                  // [factor, column]
};

// Until the log-likelihood of all rows grows by less than `tolerance` in an iteration. noise: to start from;
// empty: ones.
FactorAnalysis factor_analysis(const Columns& x, int factors, double tolerance = 1e-2, int iterations = 1000,
                               std::vector<double> noise = {});

// Posterior means of z, [row, factor].
std::vector<float> factors_of(const FactorAnalysis& model, std::span<const float> x);

}  // namespace tsd::math
