// Vectors of participants. Included once per processor target.
#if defined(TSD_DUAL_STREAM_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_LANES_INL
#undef TSD_DUAL_STREAM_LANES_INL
#else
#define TSD_DUAL_STREAM_LANES_INL
#endif

#include "families/dual_stream/native/kernel.hpp"
#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kMostLanes = 16;
using F = hn::CappedTag<float, kMostLanes>;
using V = hn::Vec<F>;
using M = hn::Mask<F>;

HWY_INLINE std::size_t lanes() { return hn::Lanes(F()); }
HWY_INLINE V load(const float* x) { return hn::LoadU(F(), x); }
HWY_INLINE void store(V value, float* x) { hn::StoreU(value, F(), x); }
HWY_INLINE V all(float x) { return hn::Set(F(), x); }
HWY_INLINE V exp_of(V x) { return kernels::HWY_NAMESPACE::exp_of(F(), x); }
HWY_INLINE V log_of(V x) { return hn::Log(F(), x); }
HWY_INLINE V sigmoid_of(V x) { return kernels::HWY_NAMESPACE::sigmoid_of(F(), x); }
HWY_INLINE V power_of(V x, float exponent) {  // of x >= 0
  if (exponent == 0.5f) return hn::Sqrt(x);
  if (exponent == 1) return x;
  if (exponent == 2) return hn::Mul(x, x);
  return exp_of(hn::Mul(all(exponent), log_of(x)));
}
HWY_INLINE V chosen(M mask, V x) { return hn::IfThenElseZero(mask, x); }
HWY_INLINE bool any(M mask) { return !hn::AllFalse(F(), mask); }

// body(lane) where the mask is set.
template <class Body>
HWY_INLINE void for_set_lanes(M mask, const Body& body) {
  HWY_ALIGN float set[kMostLanes];
  hn::Store(chosen(mask, all(1)), F(), set);
  for (std::size_t lane = 0; lane < lanes(); ++lane)
    if (set[lane] != 0) body(lane);
}

// One step of gradient descent on the number at p; its velocity, where there is one, lies `velocity` floats
// on.
HWY_INLINE void descend(float* p, V gradient, V rate, float momentum, std::size_t velocity) {
  if (momentum != 0) {
    gradient = hn::MulAdd(all(momentum), load(p + velocity), gradient);
    store(gradient, p + velocity);
  }
  store(hn::NegMulAdd(rate, gradient, load(p)), p);
}

// Where the largest of K logits is the label's, the first one winning a tie.
HWY_INLINE M is_right(const float* z, V label, int K) {
  V best = load(z), winner = hn::Zero(F());
  for (int k = 1; k < K; ++k) {
    const V next = load(z + static_cast<std::size_t>(k) * lanes());
    const M larger = hn::Gt(next, best);
    best = hn::IfThenElse(larger, next, best);
    winner = hn::IfThenElse(larger, all(static_cast<float>(k)), winner);
  }
  return hn::Eq(winner, label);
}

HWY_INLINE M is_silent(const float* z, int K) {
  M silent = hn::Eq(load(z), hn::Zero(F()));
  for (int k = 1; k < K; ++k)
    silent = hn::And(silent, hn::Eq(load(z + static_cast<std::size_t>(k) * lanes()), hn::Zero(F())));
  return silent;
}

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
