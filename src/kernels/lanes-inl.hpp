// Shared by the vector kernels; included once per processor target, inside foreach_target.
#if defined(TSD_KERNELS_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_KERNELS_LANES_INL
#undef TSD_KERNELS_LANES_INL
#else
#define TSD_KERNELS_LANES_INL
#endif

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// body(d, i) for i = 0, lanes, 2 lanes, ..., then lane by lane for what is left of n: no reads past the end,
// and an element's result does not depend on its place.
template <class Body>
HWY_INLINE void for_lanes(std::size_t n, const Body& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(one, i);
}

// Highway's Exp and Tanh lose a NaN; a diverged run must not look healthy.
template <class D, class V>
HWY_INLINE V keep_nan(D, V x, V result) {
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

template <class D, class V>
HWY_INLINE V sigmoid_of(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  // exp overflows beyond 88; 1 / (1 + exp(87)) is 1.6e-38 already.
  const V e = hn::Exp(d, hn::Min(hn::Set(d, 87.0f), hn::Neg(x)));
  return keep_nan(d, x, hn::Div(one, hn::Add(one, e)));
}

template <class D, class V>
HWY_INLINE V tanh_of(D d, V x) {
  return keep_nan(d, x, hn::Tanh(d, x));
}

template <class D, class V>
HWY_INLINE V relu_of(D d, V x) {
  return keep_nan(d, x, hn::Max(x, hn::Zero(d)));
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
