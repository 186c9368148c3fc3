// Densities of Gaussian units with diagonal or full covariances (dual_stream.md 3.4), which S holds as
// Cholesky factors L.
#if defined(TSD_DUAL_STREAM_GAUSSIAN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_GAUSSIAN_INL
#undef TSD_DUAL_STREAM_GAUSSIAN_INL
#else
#define TSD_DUAL_STREAM_GAUSSIAN_INL
#endif

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "families/dual_stream/native/kernel_recruiting-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

template <Covariance kCovariance>
class Gaussian {
 public:
  static constexpr bool kFull = kCovariance == Covariance::full;

  Gaussian(const Fast& f, const FastState& state, float* scratch)
      : f_(f),
        L_(lanes()),
        state_(state),
        e_(scratch),
        inverse_(e_ + size(f.N * f.D)),
        shared_gradient_(size(f.shared_factor ? f.D * f.D : 0)),
        norm_(static_cast<float>(std::pow(2 * std::numbers::pi, -0.5 * f.D))) {}

  void open() {}
  V activation(const float* x, int g) { return kFull ? density_full(x, g) : density_diagonal(x, g); }

  // Of a unit that was never used.
  V idle(const float* x) const {
    V square = hn::Zero(F());
    for (int m = 0; m < f_.D; ++m) square = hn::MulAdd(load(x + size(m)), load(x + size(m)), square);
    const float peak = norm_ * std::pow(f_.variance, -0.5f * static_cast<float>(f_.D));
    return hn::Mul(exp_of(hn::Mul(all(-0.5f / f_.variance), square)), all(peak));
  }

  // G: gradient of the logarithm of the activation.
  void learn(int g, V G) {
    if constexpr (kFull)
      learn_full(g, G);
    else
      learn_diagonal(g, G);
  }

  // A factor that all units share learns from all of them.
  void finish() {
    for (std::size_t i = 0; i < shared_gradient_.size(); i += L_) {
      step(state_.S + i, load(&shared_gradient_[i]), f_.lr_attention);
      store(hn::Zero(F()), &shared_gradient_[i]);
    }
  }

  void note_attention(float*) const {}

 private:
  std::size_t size(std::ptrdiff_t count) const { return static_cast<std::size_t>(count) * L_; }
  void step(float* p, V gradient, float rate) {
    descend(p, gradient, all(rate), f_.momentum, state_.velocity);
  }

  // The scales are kept from 0 in place, whatever is learnt.
  V density_diagonal(const float* x, int g) {
    V square = hn::Zero(F()), norm = all(norm_);
    for (int m = 0; m < f_.D; ++m) {
      const std::size_t at = size(g * f_.D + m);
      const V l = hn::Max(load(state_.S + at), all(1e-6f));
      const V inverse = hn::Div(all(1), l),
              e = hn::Mul(hn::Sub(load(x + size(m)), load(state_.U + at)), inverse);
      store(l, state_.S + at);
      store(e, e_ + at);
      store(inverse, inverse_ + at);
      square = hn::MulAdd(e, e, square);
      norm = hn::Mul(norm, inverse);
    }
    return hn::Mul(exp_of(hn::Mul(all(-0.5f), square)), norm);
  }

  void learn_diagonal(int g, V G) {
    for (int m = 0; m < f_.D; ++m) {
      const std::size_t at = size(g * f_.D + m);
      const V e = load(e_ + at), over_l = hn::Mul(G, load(inverse_ + at));
      step(state_.U + at, hn::Mul(over_l, e), f_.lr_position);
      step(state_.S + at, hn::Mul(over_l, hn::MulSub(e, e, all(1))), f_.lr_attention);
    }
  }

  std::size_t entry(int g, int i, int j) const {
    const std::ptrdiff_t unit = f_.shared_factor ? 0 : g;
    return size((unit * f_.D + i) * f_.D + j);
  }
  V factor(int g, int i, int j) const { return load(state_.S + entry(g, i, j)); }

  // e = L^-1 (x - U). Without a positive diagonal there is no density.
  V density_full(const float* x, int g) {
    V square = hn::Zero(F()), norm = all(norm_);
    M valid = hn::Eq(norm, norm);
    for (int i = 0; i < f_.D; ++i) {
      const std::size_t at = size(g * f_.D + i);
      V e = hn::Sub(load(x + size(i)), load(state_.U + at));
      for (int j = 0; j < i; ++j) e = hn::NegMulAdd(factor(g, i, j), load(e_ + size(g * f_.D + j)), e);
      const V l = factor(g, i, i), inverse = hn::Div(all(1), l);
      valid = hn::And(valid, hn::Gt(l, hn::Zero(F())));
      e = hn::Mul(e, inverse);
      store(e, e_ + at);
      store(inverse, inverse_ + at);
      square = hn::MulAdd(e, e, square);
      norm = hn::Mul(norm, inverse);
    }
    const V density = hn::Mul(exp_of(hn::Mul(all(-0.5f), square)), norm);
    return hn::IfThenElse(valid, density, hn::NaN(F()));
  }

  // v = L^-T e; dL/dU = G v, dL/dL = G lower(v e^T - diag(1/L_ii)).
  void learn_full(int g, V G) {
    const int D = f_.D;
    float* v = v_;
    for (int i = D - 1; i >= 0; --i) {
      V sum = load(e_ + size(g * D + i));
      for (int j = i + 1; j < D; ++j) sum = hn::NegMulAdd(factor(g, j, i), load(v + size(j)), sum);
      store(hn::Mul(sum, load(inverse_ + size(g * D + i))), v + size(i));
    }
    for (int i = 0; i < D; ++i) {
      const V vi = load(v + size(i));
      step(state_.U + size(g * D + i), hn::Mul(G, vi), f_.lr_position);
      for (int j = 0; j <= i; ++j) {
        V d = hn::Mul(vi, load(e_ + size(g * D + j)));
        if (i == j) d = hn::Sub(d, load(inverse_ + size(g * D + i)));
        const std::size_t at = entry(g, i, j);
        if (f_.shared_factor)
          store(hn::MulAdd(G, d, load(&shared_gradient_[at])), &shared_gradient_[at]);
        else
          step(state_.S + at, hn::Mul(G, d), f_.lr_attention);
      }
    }
  }

  const Fast& f_;
  std::size_t L_;
  const FastState& state_;
  float *e_, *inverse_;
  std::vector<float> shared_gradient_;  // [D, D, lane]
  float norm_;
  HWY_ALIGN float v_[kMostLanes * 64];  // D <= 64
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
