// Exemplars, whose similarity to an item falls exponentially with a distance that attention S weights
// (dual_stream.md 3.7): exp(-c s^(p/r)), s = sum of alpha_m |x_m - U_m|^r.
#if defined(TSD_DUAL_STREAM_EXEMPLAR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_EXEMPLAR_INL
#undef TSD_DUAL_STREAM_EXEMPLAR_INL
#else
#define TSD_DUAL_STREAM_EXEMPLAR_INL
#endif

#include <algorithm>

#include "families/dual_stream/kernel_recruiting-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

class Exemplar {
 public:
  Exemplar(const Fast& f, const FastState& state, float* scratch)
      : f_(f),
        L_(lanes()),
        state_(state),
        s_(scratch),
        d_(s_ + size(f.N)),
        gradient_(d_ + size(f.N * f.D)),
        used_alpha_(gradient_ + size(f.D)) {
    std::fill_n(gradient_, size(f.D), 0.0f);
  }

  void open() { std::copy_n(state_.S, size(f_.D), used_alpha_); }

  V activation(const float* x, int g) {
    V s = hn::Zero(F());
    for (int m = 0; m < f_.D; ++m) {
      const V away = hn::Abs(hn::Sub(load(x + size(m)), load(state_.U + size(g * f_.D + m))));
      const V d = power_of(away, f_.r);
      store(d, d_ + size(g * f_.D + m));
      s = hn::MulAdd(load(state_.S + size(m)), d, s);
    }
    store(s, s_ + size(g));
    return exp_of(hn::Mul(all(-f_.specificity), power_of(s, f_.q_over_r)));
  }

  V idle(const float*) const { return hn::Zero(F()); }

  // G: gradient of the logarithm of the activation. At the exemplar itself attention has none.
  void learn(int g, V G) {
    const V s = load(s_ + size(g));
    const V slope = hn::Div(hn::Mul(all(-f_.specificity * f_.q_over_r), power_of(s, f_.q_over_r)), s);
    const V of_all = hn::Mul(G, all(static_cast<float>(f_.members(g))));
    const V through = hn::IfThenZeroElse(hn::Eq(s, hn::Zero(F())), hn::Mul(of_all, slope));
    for (int m = 0; m < f_.D; ++m)
      store(hn::MulAdd(through, load(d_ + size(g * f_.D + m)), load(gradient_ + size(m))),
            gradient_ + size(m));
  }

  void finish() {
    V sum = hn::Zero(F());
    for (int m = 0; m < f_.D; ++m) {
      float* alpha = state_.S + size(m);
      descend(alpha, load(gradient_ + size(m)), all(f_.lr_attention), f_.momentum, state_.velocity);
      store(hn::Max(load(alpha), hn::Zero(F())), alpha);
      sum = hn::Add(sum, load(alpha));
      store(hn::Zero(F()), gradient_ + size(m));
    }
    for (int m = 0; m < f_.D; ++m) store(hn::Div(load(state_.S + size(m)), sum), state_.S + size(m));
  }

  void note_attention(float* attention) const { std::copy_n(used_alpha_, size(f_.D), attention); }

 private:
  std::size_t size(int count) const { return static_cast<std::size_t>(count) * L_; }

  const Fast& f_;
  std::size_t L_;
  const FastState& state_;
  float *s_, *d_, *gradient_, *used_alpha_;
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
