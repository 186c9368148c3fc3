// Least squares and principal components of many rows by their second moments, in double precision.
#pragma once
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::math {

// Rows of float32 with the means of their columns.
class Columns {
 public:
  Columns(std::span<const float> values, int width);

  std::span<const float> values;
  int width;
  std::vector<double> mean;

  std::int64_t rows() const { return width == 0 ? 0 : static_cast<std::int64_t>(values.size()) / width; }
  // Sums over rows of products of centred columns; computed once, by one thread.
  const DenseD& scatter() const;

 private:
  mutable DenseD scatter_;
};

// The same of two, [a.width, b.width]; as many rows in both.
DenseD scatter(const Columns& a, const Columns& b);

// y = mean_y + (x - mean_x) weights, the minimum-norm solution of ordinary least squares with intercept.
struct Regression {
  DenseD weights;  // [x, y]
  std::vector<double> mean_x, mean_y;

  double intercept(int column) const;  // of y
};
Regression regress(const Columns& x, const Columns& y);

// Squared errors of y's columns, and about their means.
struct Errors {
  std::vector<double> of_prediction, of_mean;

  double weighted_r2() const;  // weighted by variance, with scikit-learn's conventions for none
  double defined_r2() const;   // the same, NaN of columns that never vary
  double mean_r2() const;      // each column counts the same
  std::vector<double> each_r2() const;
};
Errors errors(const Regression& fit, const Columns& x, const Columns& y);
// Of y's projections on directions (rows) instead of its columns.
Errors errors(const Regression& fit, const Columns& x, const Columns& y, const DenseD& directions);
// Of predictions that are there already.
Errors errors(std::span<const float> predicted, const Columns& y);

struct Components {
  std::vector<double> mean, variance_ratio;
  DenseD directions;  // rows, by decreasing variance; the largest entry of each is positive
};
Components principal_components(const Columns& x);

}  // namespace tsd::math
