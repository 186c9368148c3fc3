#include "families/plastic/model/numeric.hpp"

#include <ATen/ATen.h>

namespace tsd::plastic {

double normal_quantile(double p) {
  return at::special_ndtri(at::scalar_tensor(p, at::kDouble)).item<double>();
}

}  // namespace tsd::plastic
