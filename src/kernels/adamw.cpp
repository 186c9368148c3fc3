#include "tsd/kernels/adamw.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adamw.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

#ifndef TSD_KERNELS_ADAMW_FACTORS
#define TSD_KERNELS_ADAMW_FACTORS
namespace tsd::kernels {
struct AdamWFactors {
  float gradient_scale, decay, beta1, one_minus_beta1, beta2, one_minus_beta2, root_correction, eps,
      step_size;
};
}  // namespace tsd::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

void update(const AdamWFactors& f, std::size_t n, const float* gradient, float* parameter, float* first,
            float* second) {
  for_lanes(n, [&](auto d, std::size_t i) {
    const auto g = hn::Mul(hn::LoadU(d, gradient + i), hn::Set(d, f.gradient_scale));
    const auto m =
        hn::MulAdd(g, hn::Set(d, f.one_minus_beta1), hn::Mul(hn::LoadU(d, first + i), hn::Set(d, f.beta1)));
    const auto v = hn::MulAdd(hn::Mul(g, g), hn::Set(d, f.one_minus_beta2),
                              hn::Mul(hn::LoadU(d, second + i), hn::Set(d, f.beta2)));
    const auto divisor = hn::MulAdd(hn::Sqrt(v), hn::Set(d, f.root_correction), hn::Set(d, f.eps));
    const auto decayed = hn::Mul(hn::LoadU(d, parameter + i), hn::Set(d, f.decay));
    hn::StoreU(m, d, first + i);
    hn::StoreU(v, d, second + i);
    hn::StoreU(hn::NegMulAdd(hn::Set(d, f.step_size), hn::Div(m, divisor), decayed), d, parameter + i);
  });
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(update);

void adamw(const AdamW& options, std::int64_t step, float gradient_scale, std::size_t n,
           const float* gradient, float* parameter, float* first_moment, float* second_moment) {
  const double k = static_cast<double>(step);
  AdamWFactors f;
  f.gradient_scale = gradient_scale;
  f.decay = static_cast<float>(1 - options.lr * options.weight_decay);
  f.beta1 = static_cast<float>(options.beta1);
  f.one_minus_beta1 = static_cast<float>(1 - options.beta1);
  f.beta2 = static_cast<float>(options.beta2);
  f.one_minus_beta2 = static_cast<float>(1 - options.beta2);
  f.root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, k)));
  f.eps = static_cast<float>(options.eps);
  f.step_size = static_cast<float>(options.lr / (1 - std::pow(options.beta1, k)));
  HWY_DYNAMIC_DISPATCH(update)(f, n, gradient, parameter, first_moment, second_moment);
}

}  // namespace tsd::kernels
#endif
