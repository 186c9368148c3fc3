// Gaussian units (dual-stream.md 3.4, 3.5), groups of equal ones as one. Groups are recruited in order, so
// that those in use are the first `active` of a lane.
#if defined(TSD_DUAL_STREAM_DISTRIBUTION_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_DISTRIBUTION_INL
#undef TSD_DUAL_STREAM_DISTRIBUTION_INL
#else
#define TSD_DUAL_STREAM_DISTRIBUTION_INL
#endif

#include <algorithm>
#include <cmath>
#include <numbers>

#include "families/dual_stream/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

template <Covariance kCovariance>
class Distribution {
 public:
  static constexpr bool kFull = kCovariance == Covariance::full;

  Distribution(const Model& model, const Layout& layout, const Block& block, float* scratch)
      : f_(model.fast),
        L_(lanes()),
        velocity_((layout.fast_size - layout.fast_parameters) * L_),
        U_(block.fast + layout.position.at * L_),
        S_(block.fast + layout.attention.at * L_),
        W_(block.fast + layout.association.at * L_),
        used_(block.fast + layout.active.at * L_),
        density_(scratch),
        e_(density_ + size(f_.N)),
        inverse_(e_ + size(f_.N * f_.D)),
        norm_(static_cast<float>(std::pow(2 * std::numbers::pi, -0.5 * f_.D))) {
    most_ = 0;
    for (std::size_t lane = 0; lane < L_; ++lane) most_ = std::max(most_, static_cast<int>(used_[lane]));
  }

  // z, and the units recruited in each lane. `first` changes nothing: without units both logits are 0.
  V forward(const float* x, V label, const std::int32_t*, bool recruits, bool, float* z) {
    evaluate(x, z);
    if (!recruits || !f_.feedback) return hn::Zero(F());
    const V used = load(used_);
    M due = hn::AndNot(hn::AndNot(is_silent(z, f_.K), is_right(z, label, f_.K)),
                       hn::Lt(used, all(static_cast<float>(f_.N))));
    if (!any(due)) return hn::Zero(F());
    HWY_ALIGN float count[kMostLanes] = {};
    for_set_lanes(due, [&](std::size_t lane) { count[lane] = place(x, lane); });
    evaluate(x, z);
    return hn::Load(F(), count);
  }

  void learn(const float*, const float* dz) {
    const V used = load(used_);
    for (int g = 0; g < most_; ++g) {
      const V density = chosen(hn::Lt(all(static_cast<float>(g)), used), load(density_ + size(g)));
      V through = hn::Zero(F());
      for (int k = 0; k < f_.K; ++k) {
        float* w = W_ + size(g * f_.K + k);
        const V d = load(dz + size(k));
        through = hn::MulAdd(load(w), d, through);
        step(w, hn::Mul(hn::Mul(all(f_.gain), density), d), f_.lr_association);
      }
      const V G = hn::Mul(hn::Mul(all(f_.gain), density), through);
      if constexpr (kFull)
        shape_full(g, G);
      else
        shape_diagonal(g, G);
    }
  }

  void note_attention(float*) const {}

 private:
  std::size_t size(int count) const { return static_cast<std::size_t>(count) * L_; }
  void step(float* p, V gradient, float rate) { descend(p, gradient, all(rate), f_.momentum, velocity_); }

  // All units in use are evaluated in every lane; those that a lane does not use have W = 0.
  void evaluate(const float* x, float* z) {
    for (int k = 0; k < f_.K; ++k) store(hn::Zero(F()), z + size(k));
    for (int g = 0; g < most_; ++g) {
      const V density = kFull ? density_full(x, g) : density_diagonal(x, g);
      store(density, density_ + size(g));
      const V o = hn::Mul(density, all(f_.gain * static_cast<float>(f_.members(g))));
      for (int k = 0; k < f_.K; ++k)
        store(hn::MulAdd(o, load(W_ + size(g * f_.K + k)), load(z + size(k))), z + size(k));
    }
  }

  // The scales are kept from 0 in place, whatever is learnt.
  V density_diagonal(const float* x, int g) {
    V square = hn::Zero(F()), norm = all(norm_);
    for (int m = 0; m < f_.D; ++m) {
      const std::size_t at = size(g * f_.D + m);
      const V l = hn::Max(load(S_ + at), all(1e-6f));
      const V inverse = hn::Div(all(1), l), e = hn::Mul(hn::Sub(load(x + size(m)), load(U_ + at)), inverse);
      store(l, S_ + at);
      store(e, e_ + at);
      store(inverse, inverse_ + at);
      square = hn::MulAdd(e, e, square);
      norm = hn::Mul(norm, inverse);
    }
    return hn::Mul(exp_of(hn::Mul(all(-0.5f), square)), norm);
  }

  void shape_diagonal(int g, V G) {
    for (int m = 0; m < f_.D; ++m) {
      const std::size_t at = size(g * f_.D + m);
      const V e = load(e_ + at), over_l = hn::Mul(G, load(inverse_ + at));
      step(U_ + at, hn::Mul(over_l, e), f_.lr_position);
      step(S_ + at, hn::Mul(over_l, hn::MulSub(e, e, all(1))), f_.lr_attention);
    }
  }

  float* factor(int g, int i, int j) { return S_ + size((g * f_.D + i) * f_.D + j); }

  // e = L^-1 (x - U). Without a positive diagonal there is no density.
  V density_full(const float* x, int g) {
    V square = hn::Zero(F()), norm = all(norm_);
    M valid = hn::Eq(norm, norm);
    for (int i = 0; i < f_.D; ++i) {
      const std::size_t at = size(g * f_.D + i);
      V e = hn::Sub(load(x + size(i)), load(U_ + at));
      for (int j = 0; j < i; ++j) e = hn::NegMulAdd(load(factor(g, i, j)), load(e_ + size(g * f_.D + j)), e);
      const V l = load(factor(g, i, i)), inverse = hn::Div(all(1), l);
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
  void shape_full(int g, V G) {
    const int D = f_.D;
    float* v = v_;
    for (int i = D - 1; i >= 0; --i) {
      V sum = load(e_ + size(g * D + i));
      for (int j = i + 1; j < D; ++j) sum = hn::NegMulAdd(load(factor(g, j, i)), load(v + size(j)), sum);
      store(hn::Mul(sum, load(inverse_ + size(g * D + i))), v + size(i));
    }
    for (int i = 0; i < D; ++i) {
      const V vi = load(v + size(i));
      step(U_ + size(g * D + i), hn::Mul(G, vi), f_.lr_position);
      for (int j = 0; j <= i; ++j) {
        V d = hn::Mul(vi, load(e_ + size(g * D + j)));
        if (i == j) d = hn::Sub(d, load(inverse_ + size(g * D + i)));
        step(factor(g, i, j), hn::Mul(G, d), f_.lr_attention);
      }
    }
  }

  // The next group of this lane moves onto x; the number of its units.
  float place(const float* x, std::size_t lane) {
    const int g = static_cast<int>(used_[lane]);
    if (f_.needs_density && !reaches(x, lane)) return -1;
    for (int m = 0; m < f_.D; ++m) U_[size(g * f_.D + m) + lane] = x[size(m) + lane];
    used_[lane] = static_cast<float>(g + 1);
    most_ = std::max(most_, g + 1);
    return static_cast<float>(f_.members(g));
  }

  // Whether a unit at the origin, where inactive ones are, has a density above 0 at x in single precision.
  bool reaches(const float* x, std::size_t lane) const {
    float square = 0;
    for (int m = 0; m < f_.D; ++m) square += x[size(m) + lane] * x[size(m) + lane];
    return std::exp(-0.5f * square / f_.variance) > 0;
  }

  const Fast& f_;
  std::size_t L_, velocity_;
  float *U_, *S_, *W_, *used_;
  float *density_, *e_, *inverse_;
  float norm_;
  int most_;
  HWY_ALIGN float v_[kMostLanes * 64];  // D <= 64
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
