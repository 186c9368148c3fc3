// Numerical routines of LibTorch, behind a line.
#pragma once
#include <span>
#include <vector>

namespace tsd::plastic {

double normal_quantile(double p);  // inverse of the standard normal distribution

// Thin: matrix = U diag(S) Vt, with k = min(rows, columns). Row-major; S falling.
struct Svd {
  int rows = 0, columns = 0, k = 0;
  std::vector<double> U, S, Vt;  // [rows, k], [k], [k, columns]
};
Svd svd(std::span<const float> matrix, int rows, int columns);  // in double precision

}  // namespace tsd::plastic
