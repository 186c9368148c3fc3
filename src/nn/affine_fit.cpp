#include "tsd/nn/affine_fit.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_pinv.h>

namespace tsd::nn {

namespace {

at::Tensor centred(std::span<const float> values, int columns) {
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  const at::Tensor all =
      at::from_blob(const_cast<float*>(values.data()), {rows, columns}, at::kFloat).to(at::kDouble);
  return all - all.mean(0, true);
}

}  // namespace

double affine_r2(std::span<const float> x, int p, std::span<const float> y, int q) {
  constexpr double kCutOff = 1e-12;  // of the Gram matrix: 1e-6 of a standard deviation
  const at::Tensor X = centred(x, p), Y = centred(y, q);
  const at::Tensor cross = X.t().mm(Y), gram = X.t().mm(X);
  const double total = Y.square().sum().item<double>();
  if (total == 0) return 1;
  return (cross * at::linalg_pinv(gram, kCutOff, true).mm(cross)).sum().item<double>() / total;
}

}  // namespace tsd::nn
