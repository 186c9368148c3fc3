// Dense linear algebra in double precision by LibTorch's BLAS and LAPACK, without LibTorch in sight.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "tsd/nn/matrix.hpp"

namespace tsd::nn {

// Row-major, rows without gaps.
struct Dense {
  Dense() = default;
  Dense(int rows_, int columns_)
      : rows(rows_), columns(columns_), values(static_cast<std::size_t>(rows_) * columns_) {}

  int rows = 0, columns = 0;
  std::vector<double> values;

  std::span<double> row(int i) { return std::span(values).subspan(offset(i), columns); }
  std::span<const double> row(int i) const { return std::span(values).subspan(offset(i), columns); }
  double& operator()(int i, int j) { return values[offset(i) + j]; }
  double operator()(int i, int j) const { return values[offset(i) + j]; }

 private:
  std::size_t offset(int i) const { return static_cast<std::size_t>(i) * columns; }
};

// a b, with a and b as they are or transposed.
Dense product(const Dense& a, Form form_a, const Dense& b, Form form_b);

// a = u diag(s) vt with r = min(rows, columns): u [rows, r], s descending, vt [r, columns].
struct Svd {
  Dense u;
  std::vector<double> s;
  Dense vt;
};
Svd svd(const Dense& a);

// x with a x = b, for a symmetric positive definite.
std::vector<double> solve(const Dense& a, std::span<const double> b);

}  // namespace tsd::nn
