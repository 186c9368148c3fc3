// Activation functions and products of one circuit per lane; included once per processor target.
#if defined(TSD_MICROCIRCUIT_KERNEL_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_MICROCIRCUIT_KERNEL_MATH_INL
#undef TSD_MICROCIRCUIT_KERNEL_MATH_INL
#else
#define TSD_MICROCIRCUIT_KERNEL_MATH_INL
#endif

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "families/microcircuit/activation.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::microcircuit::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

HWY_INLINE V set(double x) { return hn::Set(D(), x); }
HWY_INLINE V load(const double* x) { return hn::Load(D(), x); }
HWY_INLINE void store(V value, double* x) { hn::Store(value, D(), x); }

// Highway's functions lose a NaN; a diverged run must not look healthy. Its Exp overflows beyond 706.
HWY_INLINE V exp_of(V x) { return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(D(), hn::Min(x, set(700.0)))); }

HWY_INLINE V logistic(V x) { return hn::Div(set(1), hn::Add(set(1), exp_of(hn::Neg(x)))); }

template <Activation f>
HWY_INLINE V phi_of(V x) {
  switch (f) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return hn::IfThenElse(hn::IsNaN(x), x, hn::Max(x, set(0)));
    case Activation::soft_relu: {
      const V above = hn::Log1p(D(), exp_of(hn::Neg(hn::Abs(x))));
      return hn::Add(above, hn::IfThenElse(hn::IsNaN(x), x, hn::Max(x, set(0))));
    }
    case Activation::logistic:
      return logistic(x);
    case Activation::tanh: {  // 2 logistic(2x) - 1, which is off by 1e-16 at most near 0
      return hn::MulSub(set(2), logistic(hn::Add(x, x)), set(1));
    }
    case Activation::hard_sigmoid:
      return hn::IfThenElse(hn::IsNaN(x), x,
                            hn::Clamp(hn::MulAdd(x, set(1.0 / 6), set(0.5)), set(0), set(1)));
  }
  return x;
}

template <Activation f>
HWY_INLINE V slope_of(V x) {
  switch (f) {
    case Activation::linear:
      return set(1);
    case Activation::relu:
      return hn::IfThenElseZero(hn::Gt(x, set(0)), set(1));
    case Activation::soft_relu:
      return logistic(x);
    case Activation::logistic: {
      const V y = logistic(x);
      return hn::NegMulAdd(y, y, y);
    }
    case Activation::tanh: {
      const V y = phi_of<Activation::tanh>(x);
      return hn::NegMulAdd(y, y, set(1));
    }
    case Activation::hard_sigmoid:
      return hn::IfThenElseZero(hn::Lt(hn::Abs(x), set(3)), set(1.0 / 6));
  }
  return set(1);
}

// Calls body with the activation as a constant.
template <class Body>
HWY_INLINE void with_activation(Activation f, const Body& body) {
  switch (f) {
#define TSD_CASE(name)   \
  case Activation::name: \
    return body(std::integral_constant<Activation, Activation::name>());
    TSD_CASE(linear)
    TSD_CASE(relu)
    TSD_CASE(soft_relu)
    TSD_CASE(logistic)
    TSD_CASE(tanh)
    TSD_CASE(hard_sigmoid)
#undef TSD_CASE
  }
}

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
