#include "families/plastic/model/numeric.hpp"

#include <ATen/ATen.h>

#include <tuple>

namespace tsd::plastic {

namespace {

std::vector<double> values(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.contiguous();
  return {dense.data_ptr<double>(), dense.data_ptr<double>() + dense.numel()};
}

}  // namespace

double normal_quantile(double p) {
  return at::special_ndtri(at::scalar_tensor(p, at::kDouble)).item<double>();
}

Svd svd(std::span<const float> matrix, int rows, int columns) {
  const std::vector<double> exact(matrix.begin(), matrix.end());
  const at::Tensor input =
      at::empty({rows, columns}, at::kDouble)
          .copy_(at::from_blob(const_cast<double*>(exact.data()), {rows, columns}, at::kDouble));
  const auto [U, S, Vt] = at::linalg_svd(input, false);
  return {rows, columns, static_cast<int>(S.numel()), values(U), values(S), values(Vt)};
}

}  // namespace tsd::plastic
