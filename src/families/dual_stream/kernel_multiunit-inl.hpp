// Multi-unit clustering (dual-stream.md 3.3). Which units answer depends on all of them, so that each
// participant has its own memory here and vectors run over its active units.
#if defined(TSD_DUAL_STREAM_MULTIUNIT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_MULTIUNIT_INL
#undef TSD_DUAL_STREAM_MULTIUNIT_INL
#else
#define TSD_DUAL_STREAM_MULTIUNIT_INL
#endif

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "families/dual_stream/kernel_lanes-inl.hpp"
#include "families/dual_stream/top_units.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// One participant.
class Units {
 public:
  Units(const Fast& f, const Layout& layout, float* state)
      : f_(f),
        U_(state + layout.position.at),
        alpha_(state + layout.attention.at),
        W_(state + layout.association.at),
        flag_(state + layout.active.at),
        used_alpha_(static_cast<std::size_t>(f.D)) {
    for (int j = 0; j < f_.N; ++j)
      if (flag_[j] != 0) active_.push_back(j);
  }

  // The number of recruited units; -1: recruitment was due, but no candidate had any activation.
  int forward(const float* x, int label, bool recruits, bool first, float* z) {
    predict(x, z);
    if (!recruits || answers(z, label) || !has_fresh_weight()) return 0;
    const int wanted = first ? f_.winners : wrong_winners(label);
    const auto found = candidates(x, wanted);
    for (const int j : found) {
      flag_[j] = 1;
      std::copy_n(x, f_.D, U_ + j * f_.D);
    }
    if (found.empty()) return wanted > 0 ? -1 : 0;
    active_.insert(active_.end(), found.begin(), found.end());
    std::sort(active_.begin(), active_.end());
    predict(x, z);
    return static_cast<int>(found.size());
  }

  void learn(const float* x, const float* dz) {
    for (const Scored& w : winners_)
      for (int k = 0; k < f_.K; ++k)
        W_[w.unit * f_.K + k] -= f_.lr_association * (f_.gain * w.activation * dz[k]);
    if (f_.local_attention) shift_attention(x);
    normalise();
    move(x);
  }

  const std::vector<float>& used_attention() const { return used_alpha_; }

 private:
  bool answers(const float* z, int label) const {
    return std::max_element(z, z + f_.K) - z == label &&
           std::any_of(z, z + f_.K, [](float v) { return v != 0; });
  }
  bool has_fresh_weight() const { return std::find(W_, W_ + f_.N * f_.K, 0.0f) != W_ + f_.N * f_.K; }
  int wrong_winners(int label) const {
    return static_cast<int>(std::count_if(winners_.begin(), winners_.end(), [&](const Scored& w) {
      const float* votes = W_ + w.unit * f_.K;
      return std::max_element(votes, votes + f_.K) - votes != label;
    }));
  }

  // Activations of `units` at x, in their order.
  void activate(const float* x, const std::vector<int>& units, std::vector<float>& a) {
    const std::size_t n = (units.size() + lanes() - 1) / lanes() * lanes();
    a.resize(n);
    column_.assign(n, 0);
    for (std::size_t i = 0; i < n; i += lanes()) store(hn::Zero(F()), &a[i]);
    for (int m = 0; m < f_.D; ++m) {
      for (std::size_t i = 0; i < units.size(); ++i) column_[i] = U_[units[i] * f_.D + m];
      for (std::size_t i = 0; i < n; i += lanes()) {
        const V d = power_of(hn::Abs(hn::Sub(all(x[m]), load(&column_[i]))), f_.r);
        store(hn::Add(load(&a[i]), hn::Mul(all(alpha_[m]), d)), &a[i]);
      }
    }
    for (std::size_t i = 0; i < n; i += lanes()) {
      const V steepness = hn::Mul(all(f_.specificity), power_of(load(&a[i]), f_.q_over_r));
      store(hn::Mul(all(f_.specificity), exp_of(hn::Neg(steepness))), &a[i]);
    }
    a.resize(units.size());
  }

  void predict(const float* x, float* z) {
    std::copy_n(alpha_, f_.D, used_alpha_.begin());
    activate(x, active_, a_);
    winners_ = top_units(active_, a_, f_.N, f_.winners, f_.lowest_index_first);
    std::fill_n(z, f_.K, 0.0f);
    for (const Scored& w : winners_)
      for (int k = 0; k < f_.K; ++k) z[k] += w.activation * W_[w.unit * f_.K + k];
    for (int k = 0; k < f_.K; ++k) z[k] *= f_.gain;
  }

  // The inactive units of largest activation, on the first trial of a run all being so.
  std::vector<int> candidates(const float* x, int wanted) {
    std::vector<int> units, found;
    std::vector<float> a;
    for (int j = 0; j < f_.N; ++j)
      if (flag_[j] == 0) units.push_back(j);
    activate(x, units, a);
    for (const Scored& best : top_units(units, a, f_.N, wanted, f_.lowest_index_first))
      found.push_back(best.unit);
    return found;
  }

  // A = sum of the winners' activations - sum of the other active units'; alpha += lr dA/dalpha / active
  // units.
  void shift_attention(const float* x) {
    std::vector<float> sign(static_cast<std::size_t>(f_.N), -1.0f);
    for (const Scored& w : winners_) sign[static_cast<std::size_t>(w.unit)] = 1;
    std::vector<float> gradient(static_cast<std::size_t>(f_.D), 0.0f), d(static_cast<std::size_t>(f_.D));
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const int j = active_[i];
      float s = 0;
      for (int m = 0; m < f_.D; ++m) {
        const float away = std::abs(x[m] - U_[j * f_.D + m]);
        d[static_cast<std::size_t>(m)] = f_.r == 1 ? away : std::pow(away, f_.r);
        s += alpha_[m] * d[static_cast<std::size_t>(m)];
      }
      float slope = -f_.specificity * a_[i] * f_.q_over_r * sign[static_cast<std::size_t>(j)];
      if (f_.q_over_r != 1) slope *= s == 0 ? 0 : std::pow(s, f_.q_over_r - 1);  // at the unit itself: none
      for (int m = 0; m < f_.D; ++m)
        gradient[static_cast<std::size_t>(m)] += slope * d[static_cast<std::size_t>(m)];
    }
    for (int m = 0; m < f_.D; ++m)
      alpha_[m] +=
          f_.lr_attention * (gradient[static_cast<std::size_t>(m)] / static_cast<float>(active_.size()));
  }

  void normalise() {
    float sum = 0;
    for (int m = 0; m < f_.D; ++m) sum += alpha_[m] = std::max(alpha_[m], 0.0f);
    for (int m = 0; m < f_.D; ++m) alpha_[m] /= sum;
  }

  // The winners approach the item, then the mean of where they are now.
  void move(const float* x) {
    for (int m = 0; m < f_.D; ++m) {
      float sum = 0;
      for (const Scored& w : winners_) {
        float& u = U_[w.unit * f_.D + m];
        sum += u += f_.lr_position * (x[m] - u);
      }
      const float mean = sum / static_cast<float>(winners_.size());
      for (const Scored& w : winners_) {
        float& u = U_[w.unit * f_.D + m];
        u += f_.lr_position * (mean - u);
      }
    }
  }

  const Fast& f_;
  float *U_, *alpha_, *W_, *flag_;
  std::vector<int> active_;  // ascending
  std::vector<float> a_, column_, used_alpha_;
  std::vector<Scored> winners_;
};

class MultiUnit {
 public:
  MultiUnit(const Model& model, const Layout& layout, const Block& block, float*) : f_(model.fast) {
    for (int i = 0; i < block.members; ++i)
      members_.emplace_back(f_, layout, block.fast + static_cast<std::size_t>(i) * layout.fast_size);
    one_.resize(static_cast<std::size_t>(f_.D + f_.K));
  }

  V forward(const float* x, V label, const std::int32_t*, bool recruits, bool first, float* z) {
    HWY_ALIGN float labels[kMostLanes], count[kMostLanes] = {};
    hn::Store(label, F(), labels);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      const std::size_t member =
          std::min(lane, members_.size() - 1);  // lanes left over show the last one's z
      if (lane == member) {
        gather(x, f_.D, lane, one_.data());
        count[lane] = static_cast<float>(members_[member].forward(one_.data(), static_cast<int>(labels[lane]),
                                                                  recruits, first, &one_[f_.D]));
      }
      for (int k = 0; k < f_.K; ++k) z[static_cast<std::size_t>(k) * lanes() + lane] = one_[f_.D + k];
    }
    return hn::Load(F(), count);
  }

  const float* shown(const float* z) const { return z; }

  void learn(const float* x, const float* dz) {
    for (std::size_t lane = 0; lane < members_.size(); ++lane) {
      gather(x, f_.D, lane, one_.data());
      gather(dz, f_.K, lane, &one_[f_.D]);
      members_[lane].learn(one_.data(), &one_[f_.D]);
    }
  }

  void note_attention(float* attention) const {
    for (std::size_t lane = 0; lane < members_.size(); ++lane)
      for (int m = 0; m < f_.D; ++m)
        attention[static_cast<std::size_t>(m) * lanes() + lane] = members_[lane].used_attention()[m];
  }

 private:
  static void gather(const float* from, int count, std::size_t lane, float* to) {
    for (int i = 0; i < count; ++i) to[i] = from[static_cast<std::size_t>(i) * lanes() + lane];
  }

  const Fast& f_;
  std::vector<Units> members_;
  std::vector<float> one_;  // x and z of one member
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
