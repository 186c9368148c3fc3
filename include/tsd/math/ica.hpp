// Independent component analysis.
#pragma once
#include "tsd/math/regression.hpp"

namespace tsd::math {

// Rows u with components u . (x - mean) of unit variance and as independent as can be, by FastICA (Hyvarinen
// 1999, doi:10.1109/72.761722): all rows at once, contrast log cosh, from the principal components on. As
// many rows as the data have directions; order and signs mean nothing.
DenseD independent_components(const Columns& x, double tolerance = 1e-4, int most_iterations = 200);

// The components of each row of x, [rows, components].
std::vector<float> project(const Columns& x, const DenseD& directions);

}  // namespace tsd::math
