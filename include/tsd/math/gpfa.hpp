// Gaussian-process factor analysis (Yu et al. 2009, doi:10.1152/jn.90941.2008) by expectation maximisation, as
// elephant's gpfa_core does it: x_t = offset + z_t loadings + noise, each factor z a Gaussian process over steps
// with covariance (1 - e) exp(-gamma (s - t)^2 / 2) + e [s = t], e = 0.001.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::math {

// Sequences of one length, [sequence, step, column].
struct Sequences {
  std::span<const float> values;
  int steps = 0, columns = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(values.size()) / steps / columns; }
};

struct Gpfa {
  DenseD loadings;             // [factor, column]
  std::vector<double> offset;  // of columns
  std::vector<double> noise;   // variances of columns
  std::vector<double> gamma;   // of factors, per squared step
};

struct GpfaSettings {
  int factors = 3;
  double time_constant = 5;   // steps, at the start: gamma is its inverse square
  double least_noise = 0.01;  // share of a column's variance
  double tolerance = 1e-8;    // of the log-likelihood's growth since the second iteration
  int iterations = 500;
};

struct GpfaFit {
  Gpfa model;
  std::vector<double> log_likelihood;  // of the model before each iteration
};
GpfaFit fit_gpfa(const Sequences& data, const GpfaSettings& settings);

// Posterior means of factors, [sequence, step, factor], of the data's steps and of `later` ones after them.
std::vector<float> factors_of(const Gpfa& model, const Sequences& data, int later = 0);

}  // namespace tsd::math
