// Streams whose units are recruited in order, so that those in use are the first `active` of a lane, groups
// of equal ones as one (dual_stream.md 3.4, 3.5, 3.7). What a unit's activation is, and how its shape learns,
// says Similarity.
#if defined(TSD_DUAL_STREAM_RECRUITING_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_RECRUITING_INL
#undef TSD_DUAL_STREAM_RECRUITING_INL
#else
#define TSD_DUAL_STREAM_RECRUITING_INL
#endif

#include <algorithm>
#include <cmath>

#include "families/dual_stream/native/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// The fast stream's numbers.
struct FastState {
  FastState(const Layout& layout, const Block& block)
      : velocity((layout.fast_size - layout.fast_parameters) * lanes()),
        U(block.fast + layout.position.offset * lanes()),
        S(block.fast + layout.attention.offset * lanes()),
        W(block.fast + layout.association.offset * lanes()),
        used(block.fast + layout.active.offset * lanes()) {}

  std::size_t velocity;  // from a number to its velocity
  float *U, *S, *W, *used;
};

template <class Similarity>
class Recruiting {
 public:
  Recruiting(const ModelSpec& model, const Layout& layout, const Block& block, float* scratch)
      : f_(model.fast),
        L_(lanes()),
        state_(layout, block),
        activation_(scratch),
        similarity_(f_, state_, scratch + size(f_.N)),
        shown_(size(f_.one_winner ? f_.K : 0)) {
    for (std::size_t lane = 0; lane < L_; ++lane)
      most_ = std::max(most_, static_cast<int>(state_.used[lane]));
  }

  // z, and the units recruited in each lane. `first` changes nothing: without units both logits are 0.
  V forward(const float* x, V label, const std::int32_t*, bool recruits, bool, float* z) {
    evaluate(x, z);
    std::copy_n(z, shown_.size(), shown_.begin());
    hn::Store(hn::Zero(F()), F(), rests_);
    if (!recruits || f_.recruitment == Recruitment::never) return hn::Zero(F());
    const M free = hn::Lt(load(state_.used), all(static_cast<float>(f_.N)));
    const M needed = f_.recruitment == Recruitment::novelty
                         ? is_new(x)
                         : hn::Not(hn::AndNot(is_silent(z, f_.K), is_right(z, label, f_.K)));
    if (f_.rests_when_full) hn::Store(chosen(hn::AndNot(free, needed), all(1)), F(), rests_);
    const M due = hn::And(needed, free);
    if (!any(due)) return hn::Zero(F());
    HWY_ALIGN float count[kMostLanes] = {};
    for_set_lanes(due, [&](std::size_t lane) { count[lane] = place(x, lane); });
    evaluate(x, z);
    return hn::Load(F(), count);
  }

  // The logits that count for the curves: where one unit answers alone, those before recruitment.
  const float* shown(const float* z) const { return shown_.empty() ? z : shown_.data(); }

  void learn(const float*, const float* dz) {
    const V used = hn::IfThenElseZero(hn::Eq(hn::Load(F(), rests_), hn::Zero(F())), load(state_.used));
    for (int g = 0; g < most_; ++g) {
      const V activation = chosen(hn::Lt(all(static_cast<float>(g)), used), load(activation_ + size(g)));
      V through = hn::Zero(F());
      for (int k = 0; k < f_.K; ++k) {
        float* w = state_.W + size(g * f_.K + k);
        const V d = load(dz + size(k));
        through = hn::MulAdd(load(w), d, through);
        descend(w, hn::Mul(hn::Mul(all(f_.gain), activation), d), all(f_.lr_association), f_.momentum,
                state_.velocity);
      }
      similarity_.learn(g, hn::Mul(hn::Mul(all(f_.gain), activation), through));
    }
    similarity_.finish();
  }

  void note_attention(float* attention) const { similarity_.note_attention(attention); }

 private:
  std::size_t size(int count) const { return static_cast<std::size_t>(count) * L_; }

  // All units in use are evaluated in every lane; those that a lane does not use have W = 0.
  void evaluate(const float* x, float* z) {
    similarity_.open();
    for (int g = 0; g < most_; ++g) store(similarity_.activation(x, g), activation_ + size(g));
    if (f_.one_winner) silence_losers(x);
    for (int k = 0; k < f_.K; ++k) store(hn::Zero(F()), z + size(k));
    for (int g = 0; g < most_; ++g) {
      const V o = hn::Mul(load(activation_ + size(g)), all(f_.gain * static_cast<float>(f_.members(g))));
      for (int k = 0; k < f_.K; ++k)
        store(hn::MulAdd(o, load(state_.W + size(g * f_.K + k)), load(z + size(k))), z + size(k));
    }
  }

  // Of equal activations the first wins, and NaN wins. If a unit that is not in use wins, none answers.
  void silence_losers(const float* x) {
    const V used = load(state_.used);
    V best = all(-1), winner = all(-1);
    for (int g = 0; g < most_; ++g) {
      const V a = load(activation_ + size(g)), index = all(static_cast<float>(g));
      const M better = hn::And(hn::Lt(index, used), hn::Or(hn::IsNaN(a), hn::Gt(a, best)));
      best = hn::IfThenElse(better, a, best);
      winner = hn::IfThenElse(better, index, winner);
    }
    const M idle_wins =
        hn::And(hn::Lt(used, all(static_cast<float>(f_.N))), hn::Gt(similarity_.idle(x), best));
    winner = hn::IfThenElse(idle_wins, all(-1), winner);
    for (int g = 0; g < most_; ++g) {
      const M wins = hn::Eq(winner, all(static_cast<float>(g)));
      store(chosen(wins, load(activation_ + size(g))), activation_ + size(g));
    }
  }

  // No unit in use is near.
  M is_new(const float* x) const {
    const V used = load(state_.used);
    V nearest = all(hwy::HighestValue<float>());
    for (int g = 0; g < most_; ++g) {
      V square = hn::Zero(F());
      for (int m = 0; m < f_.D; ++m) {
        const V away = hn::Sub(load(x + size(m)), load(state_.U + size(g * f_.D + m)));
        square = hn::MulAdd(away, away, square);
      }
      const M in_use = hn::Lt(all(static_cast<float>(g)), used);
      nearest = hn::IfThenElse(in_use, hn::Min(nearest, hn::Sqrt(square)), nearest);
    }
    return hn::Not(hn::Lt(nearest, all(f_.novelty)));
  }

  // The next group of this lane moves onto x; the number of its units.
  float place(const float* x, std::size_t lane) {
    const int g = static_cast<int>(state_.used[lane]);
    if (f_.needs_density && f_.fresh_density(square_of(x, lane)) == 0) return -1;
    for (int m = 0; m < f_.D; ++m) state_.U[size(g * f_.D + m) + lane] = x[size(m) + lane];
    state_.used[lane] = static_cast<float>(g + 1);
    most_ = std::max(most_, g + 1);
    return static_cast<float>(f_.members(g));
  }

  float square_of(const float* x, std::size_t lane) const {
    float square = 0;
    for (int m = 0; m < f_.D; ++m) square += x[size(m) + lane] * x[size(m) + lane];
    return square;
  }

  const Fast& f_;
  std::size_t L_;
  FastState state_;
  float* activation_;
  Similarity similarity_;
  std::vector<float> shown_;
  int most_ = 0;  // units in use, of the lane that uses most
  HWY_ALIGN float rests_[kMostLanes];
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
