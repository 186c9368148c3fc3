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

// Kept from overflow, which for float begins beyond 88: 1 / (1 + exp(87)) is 1.6e-38 already.
template <class D, class V>
HWY_INLINE V exp_of(D d, V x) {
  constexpr hn::TFromD<D> kLargest = sizeof(hn::TFromD<D>) == 8 ? 700 : 87;
  return keep_nan(d, x, hn::Exp(d, hn::Min(hn::Set(d, kLargest), x)));
}

template <class D, class V>
HWY_INLINE V sigmoid_of(D d, V x) {
  const V one = hn::Set(d, 1);
  return hn::Div(one, hn::Add(one, exp_of(d, hn::Neg(x))));
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
