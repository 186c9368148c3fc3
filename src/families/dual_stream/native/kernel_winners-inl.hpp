// Gaussians that stand anywhere, of which the densest answer at once (dual_stream.md 3.7: distr_learner_wta_mu).
#if defined(TSD_DUAL_STREAM_WINNERS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_WINNERS_INL
#undef TSD_DUAL_STREAM_WINNERS_INL
#else
#define TSD_DUAL_STREAM_WINNERS_INL
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "families/dual_stream/native/kernel_apart-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// One participant. Positions, then Cholesky factors, then associations lie one after the other, and so do their
// velocities.
class Winners {
 public:
  static constexpr bool kShowsFirstAnswer = true;

  Winners(const Fast& f, const Layout& layout, float* state)
      : f_(f),
        layout_(layout),
        state_(state),
        velocity_(state + (layout.fast_size - layout.fast_parameters)),
        flag_(state + layout.active.offset),
        norm_(static_cast<float>(std::pow(2 * std::numbers::pi, -0.5 * f.D))),
        everyone_(static_cast<std::size_t>(f.N)),
        density_((everyone_.size() + lanes() - 1) / lanes() * lanes()),
        peak_(density_.size()),
        first_answer_(static_cast<std::size_t>(f.K)),
        e_(static_cast<std::size_t>(f.D)),
        v_(e_.size()) {
    std::iota(everyone_.begin(), everyone_.end(), 0);
  }

  // The number of recruited units; -1: recruitment was due, but no candidate had any density.
  int forward(const float* x, int label, std::size_t, bool recruits, bool, float* z) {
    rests_ = false;
    measure(x);
    find_top(f_.winners);
    answer(z);
    std::copy_n(z, f_.K, first_answer_.begin());
    if (!recruits || is_answered(z, f_.K, label)) return 0;
    rests_ = std::find(flag_, flag_ + f_.N, 0.0f) == flag_ + f_.N;
    if (rests_) return 0;
    const int wanted =
        wrong_winners(top_, f_.K, label, [this](const Scored& winner) { return votes(winner.at); });
    for (int j = 0; j < f_.N; ++j)
      if (flag_[j] != 0) density_[at(j)] = 0;
    find_top(wanted);
    for (const Scored& w : top_) flag_[w.at] = 1;
    answer(z);
    return top_.empty() && wanted > 0 ? -1 : static_cast<int>(top_.size());
  }

  const float* first_answer() const { return first_answer_.data(); }

  // Those that answered learn; where nothing could be recruited any more, nobody.
  void learn(const float* x, const float* dz) {
    if (rests_) return;
    if (f_.momentum != 0)
      for (std::size_t i = 0; i < layout_.fast_parameters; ++i) velocity_[i] *= f_.momentum;
    for (const Scored& w : top_)
      if (flag_[w.at] != 0) learn_unit(w, x, dz);
    if (f_.momentum == 0) return;
    follow(layout_.position, f_.lr_position);
    follow(layout_.attention, f_.lr_attention);
    follow(layout_.association, f_.lr_association);
  }

  static std::span<const float> used_attention() { return {}; }

 private:
  static std::size_t at(std::ptrdiff_t index) { return static_cast<std::size_t>(index); }
  float* place(std::ptrdiff_t j) const { return state_ + layout_.position.offset + at(j * f_.D); }
  float* factor(std::ptrdiff_t j, int row) const {
    return state_ + layout_.attention.offset + at((j * f_.D + row) * f_.D);
  }
  float* votes(std::ptrdiff_t j) const { return state_ + layout_.association.offset + at(j * f_.K); }

  // e = L^-1 (x - U); e'e, and in `peak` the density at the unit's place, NaN without a positive diagonal.
  float distance(const float* x, int j, float& peak) {
    float square = 0;
    for (int i = 0; i < f_.D; ++i) {
      const float* L = factor(j, i);
      float e = x[i] - place(j)[i];
      for (int k = 0; k < i; ++k) e -= L[k] * e_[at(k)];
      peak = L[i] > 0 ? peak / L[i] : NAN;
      e_[at(i)] = e / L[i];
      square += e_[at(i)] * e_[at(i)];
    }
    return square;
  }

  void measure(const float* x) {
    for (int j = 0; j < f_.N; ++j) {
      peak_[at(j)] = norm_;
      density_[at(j)] = -0.5f * distance(x, j, peak_[at(j)]);
    }
    for (std::size_t j = 0; j < density_.size(); j += lanes())
      store(hn::Mul(exp_of(load(&density_[j])), load(&peak_[j])), &density_[j]);
  }

  void find_top(int count) {
    if (count == 0) return top_.clear();
    top_units(everyone_, {density_.data(), everyone_.size()}, f_.N, count, false, top_);
  }

  void answer(float* z) const {
    std::fill_n(z, f_.K, 0.0f);
    for (const Scored& w : top_)
      if (flag_[w.at] != 0)
        for (int k = 0; k < f_.K; ++k) z[k] += f_.gain * w.activation * votes(w.at)[k];
  }

  void step(float* p, float gradient, float rate) {
    if (f_.momentum == 0)
      *p -= rate * gradient;
    else
      velocity_[p - state_] += gradient;
  }
  void follow(const Slot& slot, float rate) {
    for (std::size_t i = slot.offset; i < slot.offset + slot.size(); ++i) state_[i] -= rate * velocity_[i];
  }

  // v = L^-T e; dL/dU = G v, dL/dL = G lower(v e^T - diag(1/L_ii)).
  void learn_unit(const Scored& w, const float* x, const float* dz) {
    float peak = 1, through = 0;
    distance(x, w.at, peak);
    for (int i = f_.D - 1; i >= 0; --i) {
      float sum = e_[at(i)];
      for (int k = i + 1; k < f_.D; ++k) sum -= factor(w.at, k)[i] * v_[at(k)];
      v_[at(i)] = sum / factor(w.at, i)[i];
    }
    for (int k = 0; k < f_.K; ++k) through += votes(w.at)[k] * dz[k];
    const float scale = f_.gain * w.activation, G = scale * through;
    for (int k = 0; k < f_.K; ++k) step(votes(w.at) + k, scale * dz[k], f_.lr_association);
    for (int i = 0; i < f_.D; ++i) {
      step(place(w.at) + i, G * v_[at(i)], f_.lr_position);
      float* L = factor(w.at, i);
      const float inverse = 1 / L[i];
      for (int k = 0; k <= i; ++k)
        step(L + k, G * (v_[at(i)] * e_[at(k)] - (i == k ? inverse : 0)), f_.lr_attention);
    }
  }

  const Fast& f_;
  const Layout& layout_;
  float *state_, *velocity_, *flag_;
  float norm_;
  std::vector<int> everyone_;
  std::vector<float> density_, peak_, first_answer_, e_, v_;
  std::vector<Scored> top_;  // those that answer, if they are in use
  bool rests_ = false;
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
