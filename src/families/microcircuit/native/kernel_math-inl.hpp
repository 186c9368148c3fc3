// Activation functions and products of one circuit per lane; included once per processor target.
#if defined(TSD_MICROCIRCUIT_KERNEL_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_MICROCIRCUIT_KERNEL_MATH_INL
#undef TSD_MICROCIRCUIT_KERNEL_MATH_INL
#else
#define TSD_MICROCIRCUIT_KERNEL_MATH_INL
#endif

#include <hwy/highway.h>

#include "families/microcircuit/model/activation.hpp"
#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::microcircuit::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

HWY_INLINE V set(double x) { return hn::Set(D(), x); }
HWY_INLINE V load(const double* x) { return hn::Load(D(), x); }
HWY_INLINE void store(V value, double* x) { hn::Store(value, D(), x); }

HWY_INLINE V logistic(V x) { return kernels::HWY_NAMESPACE::sigmoid_of(D(), x); }
HWY_INLINE V relu(V x) { return kernels::HWY_NAMESPACE::relu_of(D(), x); }

template <Activation f>
HWY_INLINE V phi_of(V x) {
  switch (f) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return relu(x);
    case Activation::soft_relu: {
      const V above = hn::Log1p(D(), kernels::HWY_NAMESPACE::exp_of(D(), hn::Neg(hn::Abs(x))));
      return hn::Add(above, relu(x));
    }
    case Activation::logistic:
      return logistic(x);
    case Activation::tanh:
      return kernels::HWY_NAMESPACE::tanh_of(D(), x);
    case Activation::hard_sigmoid:
    case Activation::hard_sigmoid_of_original:
      return kernels::HWY_NAMESPACE::keep_nan(
          D(), x, hn::Clamp(hn::MulAdd(x, set(1.0 / 6), set(0.5)), set(0), set(1)));
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
    case Activation::hard_sigmoid_of_original:
      return hn::IfThenElseZero(hn::Lt(hn::Abs(x), set(3)), set(1));
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
    TSD_CASE(hard_sigmoid_of_original)
#undef TSD_CASE
  }
}

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
