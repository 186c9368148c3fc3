// AdamW over contiguous parameters (Loshchilov & Hutter 2019, arXiv:1711.05101), with PyTorch's order of
// operations:
//   p <- (1 - lr wd) p
//   m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  g scaled by `gradient_scale` first (clipping)
//   p <- p - lr / (1 - b1^k) m / (sqrt(v) / sqrt(1 - b2^k) + eps)          k: step, from 1
#pragma once
#include <cstddef>
#include <cstdint>

namespace tsd::kernels {

struct AdamW {
  double lr = 1e-3, weight_decay = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

// Element-wise: any split of the arrays gives the same bits.
void adamw(const AdamW& options, std::int64_t step, float gradient_scale, std::size_t n,
           const float* gradient, float* parameter, float* first_moment, float* second_moment);

}  // namespace tsd::kernels
