// Loss, probability of error and gradient of one set of logits (dual_stream.md 4.1, 4.2).
#if defined(TSD_DUAL_STREAM_LOSS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_LOSS_INL
#undef TSD_DUAL_STREAM_LOSS_INL
#else
#define TSD_DUAL_STREAM_LOSS_INL
#endif

#include "families/dual_stream/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// The softmax of K logits, as largest logit and sum of exponentials.
struct Softmax {
  Softmax(const float* logits, int K) : z(logits), top(load(logits)), sum(hn::Zero(F())) {
    for (int k = 1; k < K; ++k) top = hn::Max(top, at(k));
    for (int k = 0; k < K; ++k) sum = hn::Add(sum, exp_of(hn::Sub(at(k), top)));
  }
  V at(int k) const { return load(z + static_cast<std::size_t>(k) * lanes()); }
  V p(int k) const { return hn::Div(exp_of(hn::Sub(at(k), top)), sum); }
  V log_p(int k) const { return hn::Sub(hn::Sub(at(k), top), log_of(sum)); }

  const float* z;
  V top, sum;
};

// max(z, 0) - z t + ln(1 + exp(-|z|))
HWY_INLINE V bce_of(V z, V t) {
  const V tail = hn::Log1p(F(), exp_of(hn::Neg(hn::Abs(z))));
  const V positive = hn::IfThenZeroElse(hn::Lt(z, hn::Zero(F())), z);
  return hn::Add(hn::NegMulAdd(z, t, positive), tail);
}

// Target t[K] per lane.
HWY_INLINE V loss_of(LossKind kind, const float* z, const float* t, int K) {
  V sum = hn::Zero(F());
  const Softmax softmax(z, K);
  for (int k = 0; k < K; ++k) {
    const V tk = load(t + static_cast<std::size_t>(k) * lanes());
    sum = kind == LossKind::bcelogits ? hn::Add(sum, bce_of(softmax.at(k), tk))
                                      : hn::NegMulAdd(tk, softmax.log_p(k), sum);
  }
  return kind == LossKind::bcelogits ? hn::Div(sum, all(static_cast<float>(K))) : sum;
}

HWY_INLINE V error_of(const float* z, const float* t, int K) {
  const Softmax softmax(z, K);
  V right = hn::Zero(F());
  for (int k = 0; k < K; ++k)
    right = hn::Add(right, hn::Mul(softmax.p(k), load(t + static_cast<std::size_t>(k) * lanes())));
  return hn::Sub(all(1), right);
}

HWY_INLINE void gradient_of(LossKind kind, const float* z, const float* t, int K, float* dz) {
  const Softmax softmax(z, K);
  for (int k = 0; k < K; ++k) {
    const std::size_t at = static_cast<std::size_t>(k) * lanes();
    const V y = kind == LossKind::bcelogits ? sigmoid_of(softmax.at(k)) : softmax.p(k);
    const V d = hn::Sub(y, load(t + at));
    store(kind == LossKind::bcelogits ? hn::Div(d, all(static_cast<float>(K))) : d, dz + at);
  }
}

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
