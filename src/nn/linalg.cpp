#include "tsd/nn/linalg.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/mm.h>

#include <algorithm>

namespace tsd::nn {
namespace {

// A view; LibTorch does not write through it.
at::Tensor tensor(const Dense& m, Form form = Form::plain) {
  auto* data = const_cast<double*>(m.values.data());
  if (form == Form::plain) return at::from_blob(data, {m.rows, m.columns}, at::kDouble);
  return at::from_blob(data, {m.columns, m.rows}, {1, m.columns}, at::kDouble);
}

Dense dense(const at::Tensor& t) {
  const auto plain = t.contiguous();
  Dense m(static_cast<int>(t.size(0)), static_cast<int>(t.size(1)));
  std::copy_n(plain.data_ptr<double>(), m.values.size(), m.values.begin());
  return m;
}

}  // namespace

Dense product(const Dense& a, Form form_a, const Dense& b, Form form_b) {
  Dense c(form_a == Form::plain ? a.rows : a.columns, form_b == Form::plain ? b.columns : b.rows);
  auto out = tensor(c);
  at::mm_out(out, tensor(a, form_a), tensor(b, form_b));
  return c;
}

Svd svd(const Dense& a) {
  const auto [u, s, vt] = at::linalg_svd(tensor(a), /*full_matrices=*/false);
  const auto values = s.contiguous();
  return {dense(u), {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()}, dense(vt)};
}

std::vector<double> solve(const Dense& a, std::span<const double> b) {
  const auto right = at::from_blob(const_cast<double*>(b.data()), {a.rows, 1}, at::kDouble);
  return dense(at::cholesky_solve(right, at::linalg_cholesky(tensor(a)))).values;
}

}  // namespace tsd::nn
