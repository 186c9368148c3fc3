// Dense linear algebra in single and double precision over LibTorch's BLAS and LAPACK, without LibTorch in
// sight. Matrices own their memory and are row-major.
#pragma once
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "tsd/kernels/aligned.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::math {

template <class T>
struct Dense {
  int rows = 0, columns = 0;
  std::vector<T, kernels::CacheLineAllocator<T>> values;

  Dense() = default;
  Dense(int r, int c) : rows(r), columns(c), values(static_cast<std::size_t>(r) * c) {}

  std::size_t size() const { return values.size(); }
  T* data() { return values.data(); }
  const T* data() const { return values.data(); }
  T* row(int i) { return values.data() + offset(i); }
  const T* row(int i) const { return values.data() + offset(i); }
  std::span<T> span(int i) { return {row(i), static_cast<std::size_t>(columns)}; }
  std::span<const T> span(int i) const { return {row(i), static_cast<std::size_t>(columns)}; }
  T& operator()(int i, int j) { return row(i)[j]; }
  T operator()(int i, int j) const { return row(i)[j]; }
  // Another shape; contents undefined.
  void resize(int r, int c) {
    rows = r, columns = c;
    values.resize(static_cast<std::size_t>(r) * c);
  }

 private:
  std::size_t offset(int i) const { return static_cast<std::size_t>(i) * static_cast<std::size_t>(columns); }
};

using DenseD = Dense<double>;

template <class Values>
bool all_finite(const Values& values) {
  return std::ranges::all_of(values, [](auto x) { return std::isfinite(x); });
}

// c = a b, or c += a b, with a and b as they are or transposed; c has its shape already where it is added to.
template <class T>
void multiply(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b, Dense<T>& c);
template <class T>
void multiply_add(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b, Dense<T>& c);
template <class T>
Dense<T> product(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b);

template <class T>
Dense<T> inverse(const Dense<T>& a);  // NumericError where it is singular

struct Symmetric {
  std::vector<double> values;  // descending
  DenseD vectors;              // columns
};
Symmetric symmetric_eigen(const DenseD& a);

// Minimum-norm solution of a x = b for symmetric a without negative eigenvalues; those not above `cut` times
// the largest count as zero.
DenseD solve_semidefinite(const DenseD& a, const DenseD& b, double cut);

// x with a x = b, for a symmetric positive definite; NumericError where it is not.
std::vector<double> solve_definite(const DenseD& a, std::span<const double> b);

// a = u diag(s) vt with r = min(rows, columns): u [rows, r], s descending, vt [r, columns].
struct Svd {
  DenseD u;
  std::vector<double> s;
  DenseD vt;
};
Svd svd(const DenseD& a);

struct Spectrum {
  std::vector<std::complex<double>> values;   // by decreasing modulus
  std::vector<std::complex<double>> vectors;  // [n, n], columns; empty where not asked for
};
Spectrum eigen(const DenseD& a, bool with_vectors = false);

}  // namespace tsd::math
