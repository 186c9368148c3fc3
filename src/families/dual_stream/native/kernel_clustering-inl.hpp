// Adaptive clustering (dual_stream.md 3.2): one slot per item, competing by similarity.
//
// Every operation, its order and so its rounding is that of the original and its automatic gradients: the
// winners' temperature makes 80 roundings of one, and at a learning rate of 1 three epochs make a thousand of
// these.
#if defined(TSD_DUAL_STREAM_CLUSTERING_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_CLUSTERING_INL
#undef TSD_DUAL_STREAM_CLUSTERING_INL
#else
#define TSD_DUAL_STREAM_CLUSTERING_INL
#endif

#include "families/dual_stream/native/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

class Clustering {
 public:
  Clustering(const ModelSpec& model, const Layout& layout, const Block& block, float* scratch)
      : f_(model.fast),
        L_(lanes()),
        velocity_((layout.fast_size - layout.fast_parameters) * L_),
        C_(block.fast + layout.position.offset * L_),
        alpha_(block.fast + layout.attention.offset * L_),
        W_(block.fast + layout.association.offset * L_),
        recruited_(block.fast + layout.active.offset * L_),
        d_(scratch),
        s_(d_ + size(f_.N * f_.D)),
        a_(s_ + size(f_.N)),
        q_(a_ + size(f_.N)),
        g_(q_ + size(f_.N)),
        p_(g_ + size(f_.N)),
        G_(p_ + size(f_.N)),
        exp_q_(G_ + size(f_.N)),
        exp_p_(exp_q_ + size(f_.N)),
        below_(exp_p_ + size(f_.N)),
        used_alpha_(below_ + size(f_.N)) {}

  // The answer is always predicted twice, before and after the decision to recruit, so that the attention is
  // constrained twice, as in the original; but on the first trial of a run, whose item is recruited unseen.
  V forward(const float* x, V label, const std::int32_t* item, bool recruits, bool first, float* z) {
    V count = hn::Zero(F());
    if (recruits) {
      M due = hn::Eq(label, label);
      if (!first) {
        predict(x, z);
        due = hn::Lt(support(label), all(f_.threshold));
      }
      for_set_lanes(due, [&](std::size_t lane) { place(x, item[lane], lane); });
      count = chosen(due, all(1));
    }
    predict(x, z);
    return count;
  }

  const float* shown(const float* z) const { return z; }

  void learn(const float* x, const float* dz) {
    for (int j = 0; j < f_.N; ++j) {
      V through = hn::Zero(F());
      const V o = hn::Mul(load(g_ + size(j)), load(p_ + size(j)));
      for (int k = 0; k < f_.K; ++k) {
        float* w = W_ + size(j * f_.K + k);
        const V d = hn::Mul(all(f_.gain), load(dz + size(k)));
        through = hn::MulAdd(load(w), d, through);
        step(w, hn::Mul(o, d), f_.lr_association);
      }
      store(through, G_ + size(j));
    }
    through_winners();
    through_competition();
    through_similarity(x);
  }

  void note_attention(float* attention) const {
    for (int m = 0; m < f_.D; ++m) store(load(used_alpha_ + size(m)), attention + size(m));
  }

 private:
  std::size_t size(int count) const { return static_cast<std::size_t>(count) * L_; }
  void step(float* p, V gradient, float rate) { descend(p, gradient, all(rate), f_.momentum, velocity_); }

  void constrain() {
    if (f_.attention_sums_to_one) {
      V sum = hn::Zero(F());
      for (int m = 0; m < f_.D; ++m) {
        const V a = hn::Max(load(alpha_ + size(m)), all(1e-6f));
        store(a, alpha_ + size(m));
        sum = hn::Add(sum, a);
      }
      for (int m = 0; m < f_.D; ++m) store(hn::Div(load(alpha_ + size(m)), sum), alpha_ + size(m));
    }
    for (int m = 0; m < f_.D; ++m) store(load(alpha_ + size(m)), used_alpha_ + size(m));
  }

  // (x - C)^r without its lower bound. An odd power is of the absolute value, which it isn't in the original.
  V distance(const float* x, int j, int m) const {
    return power_of(hn::Abs(hn::Sub(load(x + size(m)), load(C_ + size(j * f_.D + m)))), f_.r);
  }

  // The one that makes exp(h / temperature) the power beta of h, unless one is given.
  V temperature(V h) const {
    if (f_.temperature != 0) return all(f_.temperature);
    return hn::Div(h, hn::Mul(all(f_.beta), log_of(h)));
  }

  void predict(const float* x, float* z) {
    constrain();
    for (int j = 0; j < f_.N; ++j) {
      V s = hn::Zero(F());
      for (int m = 0; m < f_.D; ++m) {
        const V d = hn::Max(distance(x, j, m), all(1e-6f));
        store(d, d_ + size(j * f_.D + m));
        s = hn::Add(s, hn::Mul(load(alpha_ + size(m)), d));
      }
      const V steepness = hn::Mul(all(f_.specificity), power_of(s, f_.q_over_r));
      const M present = hn::Ne(load(recruited_ + size(j)), hn::Zero(F()));
      const V h = chosen(present, exp_of(hn::Neg(steepness)));
      store(s, s_ + size(j));
      store(h, a_ + size(j));
      store(chosen(hn::Ne(h, hn::Zero(F())), exp_of(hn::Div(h, temperature(h)))), exp_q_ + size(j));
    }
    const V sum_q = sum_over(exp_q_, a_);
    hn::Store(sum_q, F(), sum_q_);
    for (int j = 0; j < f_.N; ++j) {
      const V q = hn::Div(load(exp_q_ + size(j)), sum_q), g = hn::Mul(load(a_ + size(j)), q);
      store(q, q_ + size(j));
      store(g, g_ + size(j));
      store(chosen(hn::Ne(g, hn::Zero(F())), exp_of(hn::Div(g, all(f_.tau)))), exp_p_ + size(j));
    }
    const V sum_p = sum_over(exp_p_, g_);
    hn::Store(sum_p, F(), sum_p_);
    for (int k = 0; k < f_.K; ++k) store(hn::Zero(F()), z + size(k));
    for (int j = 0; j < f_.N; ++j) {
      const V p = hn::Div(load(exp_p_ + size(j)), sum_p), o = hn::Mul(load(g_ + size(j)), p);
      store(p, p_ + size(j));
      for (int k = 0; k < f_.K; ++k)
        store(hn::MulAdd(o, load(W_ + size(j * f_.K + k)), load(z + size(k))), z + size(k));
    }
    for (int k = 0; k < f_.K; ++k) store(hn::Mul(all(f_.gain), load(z + size(k))), z + size(k));
  }

  // Of x where `member` is not 0. The original gathers these and sums them as PyTorch does: 4 to 7 numbers in
  // four partial sums, the first of which takes what is beyond four.
  V sum_over(const float* x, const float* member) const {
    V count = hn::Zero(F());
    for (int j = 0; j < f_.N; ++j)
      count = hn::Add(count, chosen(hn::Ne(load(member + size(j)), hn::Zero(F())), all(1)));
    const M apart = hn::And(hn::Ge(count, all(4)), hn::Lt(count, all(8)));
    V place = hn::Zero(F());
    V partial[4] = {place, place, place, place};
    for (int j = 0; j < f_.N; ++j) {
      const M in = hn::Ne(load(member + size(j)), hn::Zero(F()));
      V rest = chosen(in, load(x + size(j)));
      for (int k = 1; k < 4; ++k) {
        const M here = hn::And(apart, hn::Eq(place, all(static_cast<float>(k))));
        partial[k] = hn::Add(partial[k], chosen(here, rest));
        rest = hn::IfThenZeroElse(here, rest);
      }
      partial[0] = hn::Add(partial[0], rest);
      place = hn::Add(place, chosen(in, all(1)));
    }
    return hn::Add(hn::Add(hn::Add(partial[0], partial[1]), partial[2]), partial[3]);
  }

  // How far the active clusters' votes favour the label, each between -1 and 1. With more than two classes it
  // stands against the strongest other one.
  V support(V label) const {
    V total = hn::Zero(F()), weight = hn::Zero(F());
    for (int j = 0; j < f_.N; ++j) {
      V right = hn::Zero(F()), other = all(-hwy::HighestValue<float>());
      for (int k = 0; k < f_.K; ++k) {
        const V w = load(W_ + size(j * f_.K + k));
        const M is_label = hn::Eq(label, all(static_cast<float>(k)));
        right = hn::IfThenElse(is_label, w, right);
        other = hn::IfThenElse(is_label, other, hn::Max(other, w));
      }
      const V scale = hn::Add(hn::Add(hn::Abs(right), hn::Abs(other)), all(1e-6f));
      const V o = hn::Mul(load(g_ + size(j)), load(p_ + size(j)));
      total = hn::Add(total, hn::Mul(hn::Div(hn::Sub(right, other), scale), o));
      weight = hn::Add(weight, o);
    }
    return hn::Div(total, weight);
  }

  void place(const float* x, int item, std::size_t lane) {
    for (int m = 0; m < f_.D; ++m) C_[size(item * f_.D + m) + lane] = x[size(m) + lane];
    recruited_[size(item) + lane] = 1;
  }

  // G_ is the gradient of the outcome x e / sum(e) of a softmax, e = exp(u); then that of x but through u,
  // and below_ that of u.
  void through_softmax(const float* x, const float* e, const float* share, V sum) {
    for (int j = 0; j < f_.N; ++j) {
      const V of_share = hn::Mul(load(G_ + size(j)), load(x + size(j)));
      store(hn::Mul(hn::Neg(of_share), hn::Div(load(share + size(j)), sum)), below_ + size(j));
    }
    const V of_sum = sum_over(below_, x);
    for (int j = 0; j < f_.N; ++j) {
      const V G = load(G_ + size(j)), of_share = hn::Mul(G, load(x + size(j)));
      store(hn::Mul(hn::Add(hn::Div(of_share, sum), of_sum), load(e + size(j))), below_ + size(j));
      store(hn::Mul(G, load(share + size(j))), G_ + size(j));
    }
  }

  // The gradient of o, then of g, in place.
  void through_winners() {
    through_softmax(g_, exp_p_, p_, hn::Load(F(), sum_p_));
    for (int j = 0; j < f_.N; ++j) {
      const V through = hn::Div(load(below_ + size(j)), all(f_.tau));
      store(hn::Add(load(G_ + size(j)), chosen(hn::Ne(load(g_ + size(j)), hn::Zero(F())), through)),
            G_ + size(j));
    }
  }

  // Then of h.
  void through_competition() {
    through_softmax(a_, exp_q_, q_, hn::Load(F(), sum_q_));
    for (int j = 0; j < f_.N; ++j) {
      const V h = load(a_ + size(j)), through = through_temperature(load(below_ + size(j)), h);
      store(chosen(hn::Ne(h, hn::Zero(F())), hn::Add(load(G_ + size(j)), through)), G_ + size(j));
    }
  }

  // From u = h / t to h, where t = h / (beta ln h).
  V through_temperature(V of_u, V h) const {
    if (f_.temperature != 0) return hn::Div(of_u, all(f_.temperature));
    const V power = hn::Mul(all(f_.beta), log_of(h)), t = hn::Div(h, power);
    const V of_t = hn::Mul(hn::Neg(of_u), hn::Div(hn::Div(h, t), t));
    const V of_power = hn::Mul(hn::Neg(of_t), hn::Div(t, power));
    const V through_log = hn::Div(hn::Mul(of_power, all(f_.beta)), h);
    return hn::Add(hn::Add(hn::Div(of_u, t), hn::Div(of_t, power)), through_log);
  }

  void through_similarity(const float* x) {
    for (int j = 0; j < f_.N; ++j) {
      const V of_root =
          hn::Mul(hn::Neg(hn::Mul(load(G_ + size(j)), load(a_ + size(j)))), all(f_.specificity));
      store(hn::Mul(of_root, hn::Mul(all(f_.q_over_r), slope_of_root(load(s_ + size(j))))), G_ + size(j));
    }
    for (int j = 0; j < f_.N; ++j) move(x, j);
    for (int m = 0; m < f_.D; ++m) {
      V partial[4] = {hn::Zero(F()), hn::Zero(F()), hn::Zero(F()), hn::Zero(F())};
      for (int j = 0; j < f_.N; ++j) {
        const int k = j < f_.N / 4 * 4 ? j % 4 : 0;
        partial[k] = hn::Add(partial[k], hn::Mul(load(G_ + size(j)), load(d_ + size(j * f_.D + m))));
      }
      const V gradient = hn::Add(hn::Add(hn::Add(partial[0], partial[1]), partial[2]), partial[3]);
      step(alpha_ + size(m), gradient, f_.lr_attention);
    }
  }

  V slope_of_root(V s) const {
    return f_.q_over_r == 0.5f ? hn::Div(all(1), hn::Sqrt(s)) : hn::Div(power_of(s, f_.q_over_r), s);
  }

  void move(const float* x, int j) {
    for (int m = 0; m < f_.D; ++m) {
      float* c = C_ + size(j * f_.D + m);
      const V away = hn::Sub(load(x + size(m)), load(c)), d = distance(x, j, m);
      const V slope = hn::CopySign(hn::Mul(all(-f_.r), power_of(hn::Abs(away), f_.r - 1)), hn::Neg(away));
      const V gradient = hn::Mul(hn::Mul(load(G_ + size(j)), load(alpha_ + size(m))), slope);
      step(c, chosen(hn::Ge(d, all(1e-6f)), gradient), f_.lr_position);
    }
  }

  const Fast& f_;
  std::size_t L_, velocity_;
  float *C_, *alpha_, *W_, *recruited_;
  float *d_, *s_, *a_, *q_, *g_, *p_, *G_, *exp_q_, *exp_p_, *below_, *used_alpha_;
  HWY_ALIGN float sum_q_[kMostLanes], sum_p_[kMostLanes];
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
