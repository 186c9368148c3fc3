#include "tsd/math/dense.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eig.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvals.h>
#include <ATen/ops/linalg_inv_ex.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <numeric>

#include "tsd/error.hpp"

namespace tsd::math {
namespace {

template <class T>
at::Tensor tensor(const Dense<T>& m, Form form = Form::plain) {
  auto* data = const_cast<T*>(m.data());
  const auto type = c10::CppTypeToScalarType<T>::value;
  if (form == Form::plain) return at::from_blob(data, {m.rows, m.columns}, type);
  return at::from_blob(data, {m.columns, m.rows}, {1, m.columns}, type);
}

template <class T>
Dense<T> dense(const at::Tensor& t) {
  const at::Tensor flat = t.contiguous();
  Dense<T> m(static_cast<int>(t.size(0)), static_cast<int>(t.size(1)));
  std::copy_n(flat.const_data_ptr<T>(), m.size(), m.data());
  return m;
}

std::vector<double> numbers(const at::Tensor& t) {
  const at::Tensor flat = t.contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

template <class T>
int rows_of(const Dense<T>& m, Form form) {
  return form == Form::plain ? m.rows : m.columns;
}

}  // namespace

template <class T>
void multiply(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b, Dense<T>& c) {
  c.resize(rows_of(a, form_a), form_b == Form::plain ? b.columns : b.rows);
  auto out = tensor(c);
  at::mm_out(out, tensor(a, form_a), tensor(b, form_b));
}

template <class T>
void multiply_add(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b, Dense<T>& c) {
  auto out = tensor(c);
  at::addmm_out(out, out, tensor(a, form_a), tensor(b, form_b));
}

template <class T>
Dense<T> product(const Dense<T>& a, Form form_a, const Dense<T>& b, Form form_b) {
  Dense<T> c;
  multiply(a, form_a, b, form_b, c);
  return c;
}

template <class T>
Dense<T> inverse(const Dense<T>& a) {
  const auto [result, info] = at::linalg_inv_ex(tensor(a));
  if (info.template item<int>() != 0)
    throw NumericError("a matrix of " + std::to_string(a.rows) + " rows is singular");
  return dense<T>(result);
}

Symmetric symmetric_eigen(const DenseD& a) {
  const auto [values, vectors] = at::linalg_eigh(tensor(a));
  return {numbers(values.flip(0)), dense<double>(vectors.flip(1))};
}

DenseD solve_semidefinite(const DenseD& a, const DenseD& b, double cut) {
  const Symmetric e = symmetric_eigen(a);
  DenseD in_basis = product(e.vectors, Form::transposed, b, Form::plain);
  for (int i = 0; i < in_basis.rows; ++i) {
    const double value = e.values[static_cast<std::size_t>(i)];
    const double factor = value > 0 && value > cut * e.values[0] ? 1 / value : 0;
    for (int j = 0; j < in_basis.columns; ++j) in_basis(i, j) *= factor;
  }
  return product(e.vectors, Form::plain, in_basis, Form::plain);
}

std::vector<double> solve_definite(const DenseD& a, std::span<const double> b) {
  const at::Tensor right = at::from_blob(const_cast<double*>(b.data()), {a.rows, 1}, at::kDouble);
  const auto [factor, info] = at::linalg_cholesky_ex(tensor(a));
  if (info.item<int>() != 0)
    throw NumericError("a matrix of " + std::to_string(a.rows) + " rows is not positive definite");
  return numbers(at::cholesky_solve(right, factor));
}

Svd svd(const DenseD& a) {
  const auto [u, s, vt] = at::linalg_svd(tensor(a), /*full_matrices=*/false);
  return {dense<double>(u), numbers(s), dense<double>(vt)};
}

Spectrum eigen(const DenseD& a, bool with_vectors) {
  at::Tensor values, vectors;
  if (with_vectors)
    std::tie(values, vectors) = at::linalg_eig(tensor(a));
  else
    values = at::linalg_eigvals(tensor(a));
  const auto* found = values.const_data_ptr<c10::complex<double>>();
  const auto n = static_cast<std::size_t>(a.rows);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return std::abs(found[i]) > std::abs(found[j]); });
  Spectrum s;
  for (const std::size_t i : order) s.values.emplace_back(found[i].real(), found[i].imag());
  if (!with_vectors) return s;
  vectors = vectors.contiguous();
  const auto* columns = vectors.const_data_ptr<c10::complex<double>>();
  for (std::size_t k = 0; k < n; ++k)
    for (const std::size_t i : order)
      s.vectors.emplace_back(columns[k * n + i].real(), columns[k * n + i].imag());
  return s;
}

template void multiply(const Dense<float>&, Form, const Dense<float>&, Form, Dense<float>&);
template void multiply(const Dense<double>&, Form, const Dense<double>&, Form, Dense<double>&);
template void multiply_add(const Dense<float>&, Form, const Dense<float>&, Form, Dense<float>&);
template void multiply_add(const Dense<double>&, Form, const Dense<double>&, Form, Dense<double>&);
template Dense<float> product(const Dense<float>&, Form, const Dense<float>&, Form);
template Dense<double> product(const Dense<double>&, Form, const Dense<double>&, Form);
template Dense<float> inverse(const Dense<float>&);
template Dense<double> inverse(const Dense<double>&);

}  // namespace tsd::math
