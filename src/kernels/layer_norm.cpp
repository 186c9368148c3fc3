#include "tsd/kernels/layer_norm.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

// Sum of term(d, i) over i < n.
template <class Term>
HWY_INLINE float sum_lanes(std::size_t n, const Term& term) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) sum = hn::Add(sum, term(d, i));
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < n; ++i) total += hn::GetLane(term(one, i));
  return total;
}

float layer_norm_relu_forward(int H, const float* x, const float* shift, const float* gamma,
                              const float* beta, float eps, float* x_hat, float* y) {
  for_lanes(H, [&](auto d, std::size_t i) {
    hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, shift + i)), d, x_hat + i);
  });
  const float mean = sum_lanes(H, [&](auto d, std::size_t i) { return hn::LoadU(d, x_hat + i); }) / H;
  const float variance = sum_lanes(H,
                                   [&](auto d, std::size_t i) {
                                     const auto centred = hn::Sub(hn::LoadU(d, x_hat + i), hn::Set(d, mean));
                                     return hn::Mul(centred, centred);
                                   }) /
                         H;
  const float reciprocal_std = 1 / std::sqrt(variance + eps);
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto hat = hn::Mul(hn::Sub(hn::LoadU(d, x_hat + i), hn::Set(d, mean)), hn::Set(d, reciprocal_std));
    hn::StoreU(hat, d, x_hat + i);
    hn::StoreU(relu_of(d, hn::MulAdd(hn::LoadU(d, gamma + i), hat, hn::LoadU(d, beta + i))), d, y + i);
  });
  return reciprocal_std;
}

// With g = gamma * dy' (dy' = dy where y > 0): dx = (g - mean(g) - x_hat mean(g x_hat)) / std.
void layer_norm_relu_backward(int H, const float* dy, const float* y, const float* x_hat,
                              float reciprocal_std, const float* gamma, float* dx, float* d_gamma,
                              float* d_beta) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto off = hn::Le(hn::LoadU(d, y + i), hn::Zero(d));
    const auto g = hn::IfThenZeroElse(off, hn::LoadU(d, dy + i));
    hn::StoreU(hn::MulAdd(g, hn::LoadU(d, x_hat + i), hn::LoadU(d, d_gamma + i)), d, d_gamma + i);
    hn::StoreU(hn::Add(g, hn::LoadU(d, d_beta + i)), d, d_beta + i);
    hn::StoreU(hn::Mul(g, hn::LoadU(d, gamma + i)), d, dx + i);
  });
  const float mean = sum_lanes(H, [&](auto d, std::size_t i) { return hn::LoadU(d, dx + i); }) / H;
  const float projection =
      sum_lanes(
          H, [&](auto d, std::size_t i) { return hn::Mul(hn::LoadU(d, dx + i), hn::LoadU(d, x_hat + i)); }) /
      H;
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto centred = hn::Sub(hn::LoadU(d, dx + i), hn::Set(d, mean));
    const auto orthogonal = hn::NegMulAdd(hn::LoadU(d, x_hat + i), hn::Set(d, projection), centred);
    hn::StoreU(hn::Mul(orthogonal, hn::Set(d, reciprocal_std)), d, dx + i);
  });
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(layer_norm_relu_forward);
HWY_EXPORT(layer_norm_relu_backward);

float layer_norm_relu_forward(int H, const float* x, const float* shift, const float* gamma,
                              const float* beta, float eps, float* x_hat, float* y) {
  return HWY_DYNAMIC_DISPATCH(layer_norm_relu_forward)(H, x, shift, gamma, beta, eps, x_hat, y);
}
void layer_norm_relu_backward(int H, const float* dy, const float* y, const float* x_hat,
                              float reciprocal_std, const float* gamma, float* dx, float* d_gamma,
                              float* d_beta) {
  HWY_DYNAMIC_DISPATCH(layer_norm_relu_backward)(H, dy, y, x_hat, reciprocal_std, gamma, dx, d_gamma, d_beta);
}

}  // namespace tsd::kernels
#endif
