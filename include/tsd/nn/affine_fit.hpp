// Least squares with intercept.
#pragma once
#include <span>

namespace tsd::nn {

// Explained variance of y [rows, q] by the affine map of x [rows, p] that explains most of it, columns
// weighted by their variance. In double precision; directions of x with next to no variance count as none.
double affine_r2(std::span<const float> x, int p, std::span<const float> y, int q);

}  // namespace tsd::nn
