// Ridge regression with a free intercept, as scikit-learn's Ridge and GridSearchCV do it.
#pragma once
#include <span>

#include "tsd/math/regression.hpp"

namespace tsd::math {

// Minimises ||y - mean_y - (x - mean_x) w||^2 + penalty ||w||^2.
Regression ridge(const Columns& x, const Columns& y, double penalty);

// With the penalty of the best mean R^2 over five blocks of consecutive rows, each left out in turn; of equal
// ones the first.
Regression cross_validated_ridge(const Columns& x, const Columns& y, std::span<const double> penalties);

// mean_y + (x - mean_x) w of each row.
std::vector<float> predict(const Regression& fit, std::span<const float> x);

}  // namespace tsd::math
