// Multi-unit clustering (dual_stream.md 3.3). Vectors run over a participant's active units.
#if defined(TSD_DUAL_STREAM_MULTIUNIT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_MULTIUNIT_INL
#undef TSD_DUAL_STREAM_MULTIUNIT_INL
#else
#define TSD_DUAL_STREAM_MULTIUNIT_INL
#endif

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "families/dual_stream/native/kernel_apart-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// Units and, beside each other by feature, their places and the distances of the last item; filled up to
// whole vectors.
struct Crowd {
  void resize(std::size_t D) {
    const std::size_t filled = (units.size() + lanes() - 1) / lanes() * lanes();
    place.resize(D);
    away.resize(D);
    for (std::size_t m = 0; m < D; ++m) {
      place[m].assign(filled, 0);
      away[m].resize(filled);
    }
    activation.resize(filled);
  }
  std::span<const float> activations() const { return {activation.data(), units.size()}; }

  std::vector<int> units;                       // ascending
  std::vector<std::vector<float>> place, away;  // [feature][unit]
  std::vector<float> activation;
};

// One participant.
class Units {
 public:
  static constexpr bool kShowsFirstAnswer = false;

  Units(const Fast& f, const Layout& layout, float* state)
      : f_(f),
        D_(static_cast<std::size_t>(f.D)),
        U_(state + layout.position.offset),
        alpha_(state + layout.attention.offset),
        W_(state + layout.association.offset),
        flag_(state + layout.active.offset),
        used_alpha_(D_) {
    everyone_.units.resize(static_cast<std::size_t>(f.N));
    std::iota(everyone_.units.begin(), everyone_.units.end(), 0);
    gather(everyone_);
    find_active();
  }

  // The number of recruited units; -1: recruitment was due, but no candidate had any activation.
  int forward(const float* x, int label, std::size_t item, bool recruits, bool first, float* z) {
    predict(x, item, z);
    if (!recruits || is_answered(z, f_.K, label) || !has_fresh_weight()) return 0;
    const auto votes_of = [this](const Scored& winner) { return W_ + unit_of(winner) * f_.K; };
    const int wanted = first ? f_.winners : wrong_winners(winners_, f_.K, label, votes_of);
    if (wanted == 0) return 0;
    const std::vector<int> found = candidates(x, wanted);
    for (const std::ptrdiff_t j : found) {
      flag_[j] = 1;
      std::copy_n(x, f_.D, U_ + j * f_.D);
    }
    if (found.empty()) return -1;
    find_active();
    predict(x, item, z);
    return static_cast<int>(found.size());
  }

  void learn(const float* x, const float* dz) {
    for (const Scored& w : winners_)
      for (int k = 0; k < f_.K; ++k)
        W_[unit_of(w) * f_.K + k] -= f_.lr_association * (f_.gain * w.activation * dz[k]);
    if (f_.local_attention) shift_attention();
    normalise();
    move(x);
  }

  std::span<const float> used_attention() const { return used_alpha_; }

 private:
  std::ptrdiff_t unit_of(const Scored& s) const { return active_.units[static_cast<std::size_t>(s.at)]; }

  void find_active() {
    active_.units.clear();
    found_.clear();
    const int L = static_cast<int>(lanes());
    for (int j = 0; j < f_.N; j += L) {
      if (j + L <= f_.N && !any(hn::Ne(load(flag_ + j), hn::Zero(F())))) continue;
      for (int i = j; i < std::min(j + L, f_.N); ++i)
        if (flag_[i] != 0) active_.units.push_back(i);
    }
    gather(active_);
  }

  void gather(Crowd& crowd) const {
    crowd.resize(D_);
    for (std::size_t i = 0; i < crowd.units.size(); ++i)
      for (std::size_t m = 0; m < D_; ++m)
        crowd.place[m][i] = U_[static_cast<std::size_t>(crowd.units[i]) * D_ + m];
  }

  bool has_fresh_weight() const {
    const auto end = W_ + std::ptrdiff_t{f_.N} * f_.K;
    return std::find(W_, end, 0.0f) != end;
  }

  void activate(const float* x, Crowd& crowd) const {
    for (std::size_t i = 0; i < crowd.activation.size(); i += lanes()) {
      V s = hn::Zero(F());
      for (std::size_t m = 0; m < D_; ++m) {
        const V d = power_of(hn::Abs(hn::Sub(all(x[m]), load(&crowd.place[m][i]))), f_.r);
        store(d, &crowd.away[m][i]);
        s = hn::Add(s, hn::Mul(all(alpha_[m]), d));
      }
      const V steepness = hn::Mul(all(f_.specificity), power_of(s, f_.q_over_r));
      store(hn::Mul(all(f_.specificity), exp_of(hn::Neg(steepness))), &crowd.activation[i]);
    }
  }

  void predict(const float* x, std::size_t item, float* z) {
    std::copy_n(alpha_, f_.D, used_alpha_.begin());
    activate(x, active_);
    find_winners(item);
    sign_.assign(active_.units.size(), -1.0f);
    for (const Scored& w : winners_) sign_[static_cast<std::size_t>(w.at)] = 1;
    winning_.resize(sign_.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < sign_.size(); ++i) {
      winning_[count] = i;
      count += sign_[i] > 0;
    }
    winning_.resize(count);
    for (int k = 0; k < f_.K; ++k) z[k] = f_.gain * votes_for(k);
  }

  void find_winners(std::size_t item) {
    const bool is_noted = item < kMostNoted;
    if (is_noted && item >= found_.size()) found_.resize(item + 1);
    if (is_noted && found_[item].again(active_.activations(), winners_)) return;
    top_units(active_.units, active_.activations(), f_.N, f_.winners, f_.lowest_index_first, winners_);
    if (is_noted) found_[item].note(active_.activations(), winners_);
  }

  // Where votes cancel, their rounding decides about recruitment. The published runs summed over all units in
  // eight partial sums, one unit to each in turn.
  float votes_for(int k) const {
    float sum[8] = {};
    for (const std::size_t i : winning_) {
      const std::ptrdiff_t unit = active_.units[i];
      float& partial = sum[unit % 8];
      partial = std::fma(active_.activation[i], W_[unit * f_.K + k], partial);
    }
    for (const int half : {4, 2, 1})
      for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
    return sum[0];
  }

  // The inactive units of largest activation, on the first trial of a run all being so.
  std::vector<int> candidates(const float* x, int wanted) {
    activate(x, everyone_);  // where the active ones are now does not matter
    for (const int j : active_.units) everyone_.activation[static_cast<std::size_t>(j)] = 0;
    top_units(everyone_.units, everyone_.activations(), f_.N, wanted, f_.lowest_index_first, candidates_);
    std::vector<int> found;
    for (const Scored& best : candidates_) found.push_back(best.at);
    return found;
  }

  // A = sum of the winners' activations - sum of the other active units'; alpha += lr dA/dalpha / active
  // units.
  void shift_attention() {
    gradient_.resize(D_);
    slope_.resize(sign_.size());
    for (std::size_t i = 0; i < sign_.size(); ++i)
      slope_[i] = -f_.specificity * active_.activation[i] * f_.q_over_r * sign_[i];
    if (f_.q_over_r != 1)
      for (std::size_t i = 0; i < sign_.size(); ++i) slope_[i] *= slope_of_root(i);
    std::size_t m = 0;
    for (; m + 3 <= D_; m += 3) add_slopes<3>(m);
    for (; m < D_; ++m) add_slopes<1>(m);
    for (m = 0; m < D_; ++m) alpha_[m] += f_.lr_attention * (gradient_[m] / static_cast<float>(sign_.size()));
  }

  // Of s^(q/r); at the unit itself none.
  float slope_of_root(std::size_t i) const {
    float s = 0;
    for (std::size_t m = 0; m < D_; ++m) s += alpha_[m] * active_.away[m][i];
    return s == 0 ? 0 : std::pow(s, f_.q_over_r - 1);
  }

  // Sums of several features at once do not wait for each other.
  template <std::size_t kFeatures>
  void add_slopes(std::size_t m) {
    float sum[kFeatures] = {};
    const float* away[kFeatures];
    for (std::size_t k = 0; k < kFeatures; ++k) away[k] = active_.away[m + k].data();
    for (std::size_t i = 0; i < sign_.size(); ++i)
      for (std::size_t k = 0; k < kFeatures; ++k) sum[k] += slope_[i] * away[k][i];
    std::copy_n(sum, kFeatures, &gradient_[m]);
  }

  void normalise() {
    float sum = 0;
    for (int m = 0; m < f_.D; ++m) sum += alpha_[m] = std::max(alpha_[m], 0.0f);
    for (int m = 0; m < f_.D; ++m) alpha_[m] /= sum;
  }

  // The winners approach the item, then the mean of where they are now.
  void move(const float* x) {
    for (std::size_t m = 0; m < D_; ++m) {
      float* place = active_.place[m].data();
      float sum = 0;
      for (const Scored& w : winners_) {
        float& u = place[w.at];
        sum += u += f_.lr_position * (x[m] - u);
      }
      const float mean = sum / static_cast<float>(winners_.size());
      for (const Scored& w : winners_) {
        float& u = place[w.at];
        u += f_.lr_position * (mean - u);
        U_[static_cast<std::size_t>(unit_of(w)) * D_ + m] = u;
      }
    }
  }

  static constexpr std::size_t kMostNoted = 1024;  // items, each of which takes a byte of each active unit

  const Fast& f_;
  std::size_t D_;
  float *U_, *alpha_, *W_, *flag_;
  Crowd active_, everyone_;
  std::vector<float> used_alpha_, slope_, gradient_;
  std::vector<float> sign_;  // of the active units: 1 of winners, -1 of others
  std::vector<Scored> winners_, candidates_;
  std::vector<FoundTop> found_;       // at each item, of the units that are active now
  std::vector<std::size_t> winning_;  // the winners among the active units, ascending
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
