#include "tsd/math/factor_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "tsd/math/ridge.hpp"

namespace tsd::math {

namespace {

constexpr double kSmall = 1e-12;

// Eigenvectors of the covariance in units of the noise.
Symmetric scaled_eigen(const DenseD& covariance, const std::vector<double>& noise) {
  DenseD scaled = covariance;
  for (int i = 0; i < scaled.rows; ++i)
    for (int j = 0; j < scaled.columns; ++j)
      scaled(i, j) /= (std::sqrt(noise[static_cast<std::size_t>(i)]) + kSmall) *
                      (std::sqrt(noise[static_cast<std::size_t>(j)]) + kSmall);
  return symmetric_eigen(scaled);
}

double log_likelihood(const Symmetric& eigen, const std::vector<double>& noise, int factors, double rows) {
  double sum = static_cast<double>(noise.size()) * std::log(2 * std::numbers::pi) + factors;
  for (std::size_t k = 0; k < eigen.values.size(); ++k)
    sum += static_cast<int>(k) < factors ? std::log(std::max(eigen.values[k], kSmall)) : eigen.values[k];
  for (const double variance : noise) sum += std::log(variance);
  return -rows / 2 * sum;
}

}  // namespace

FactorAnalysis factor_analysis(const Columns& x, int factors, double tolerance, int iterations,
                               std::vector<double> noise) {
  const auto rows = static_cast<double>(x.rows());
  DenseD covariance = x.scatter();
  for (double& value : covariance.values) value /= rows;
  if (noise.empty()) noise.assign(static_cast<std::size_t>(x.width), 1.0);
  FactorAnalysis model{x.mean, std::move(noise), DenseD(factors, x.width)};
  double before = -std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const Symmetric eigen = scaled_eigen(covariance, model.noise);
    for (int f = 0; f < factors; ++f)
      for (int j = 0; j < x.width; ++j)
        model.loadings(f, j) = std::sqrt(std::max(0.0, eigen.values[static_cast<std::size_t>(f)] - 1)) *
                               eigen.vectors(j, f) *
                               (std::sqrt(model.noise[static_cast<std::size_t>(j)]) + kSmall);
    const double now = log_likelihood(eigen, model.noise, factors, rows);
    if (now - before < tolerance) break;
    before = now;
    for (int j = 0; j < x.width; ++j) {
      double explained = 0;
      for (int f = 0; f < factors; ++f) explained += model.loadings(f, j) * model.loadings(f, j);
      model.noise[static_cast<std::size_t>(j)] = std::max(covariance(j, j) - explained, kSmall);
    }
  }
  return model;
}

std::vector<float> factors_of(const FactorAnalysis& model, std::span<const float> x) {
  const int factors = model.loadings.rows, width = model.loadings.columns;
  DenseD weighted = model.loadings;
  for (int f = 0; f < factors; ++f)
    for (int j = 0; j < width; ++j) weighted(f, j) /= model.noise[static_cast<std::size_t>(j)];
  DenseD precision = product(weighted, Form::plain, model.loadings, Form::transposed);
  for (int f = 0; f < factors; ++f) precision(f, f) += 1;
  // z = (x - mean) weighted^T precision^-1
  return predict({product(weighted, Form::transposed, inverse(precision), Form::plain), model.mean,
                  std::vector<double>(static_cast<std::size_t>(factors))},
                 x);
}

}  // namespace tsd::math
