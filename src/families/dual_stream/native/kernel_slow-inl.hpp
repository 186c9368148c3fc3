// The slow stream (dual_stream.md 3.1). Units at rest in all lanes are passed over: a term 0 w changes no
// sum.
#if defined(TSD_DUAL_STREAM_SLOW_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_SLOW_INL
#undef TSD_DUAL_STREAM_SLOW_INL
#else
#define TSD_DUAL_STREAM_SLOW_INL
#endif

#include <algorithm>
#include <vector>

#include "families/dual_stream/native/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

class SlowStream {
 public:
  virtual ~SlowStream() = default;
  virtual void forward(const float* x, const float* dropout, float* z) = 0;
  virtual void learn(const float* dz) = 0;  // dz: gradient of the logits
};

// Participants in lanes.
class LaneSlow final : public SlowStream {
 public:
  LaneSlow(const ModelSpec& model, const Layout& layout, float* state, float* scratch)
      : slow_(model.slow), layout_(layout), state_(state), velocity_(layout.slow_parameters * lanes()) {
    for (std::size_t l = 0; l + 1 < slow_.sizes.size(); ++l) {
      out_.push_back(scratch);
      scratch += at(slow_.sizes[l + 1]);
    }
    const auto widest = at(*std::max_element(slow_.sizes.begin(), slow_.sizes.end()));
    delta_ = scratch;
    below_ = scratch + widest;
    live_.resize(slow_.sizes.size());
  }

  void forward(const float* x, const float* dropout, float* z) override {
    x_ = x;
    dropout_ = dropout;
    note_live(0, x);
    for (std::size_t l = 0; l < layers(); ++l) {
      affine(l);
      if (l + 1 < layers()) rectify(l);
    }
    std::copy_n(out_.back(), at(slow_.sizes.back()), z);
  }

  // All deltas are of the weights before the step.
  void learn(const float* dz) override {
    std::copy_n(dz, at(slow_.sizes.back()), delta_);
    for (std::size_t l = layers(); l-- > 0;) {
      std::fill_n(below_, at(slow_.sizes[l]), 0.0f);
      descend_layer(l);
      if (l == 0) break;
      bend(l - 1);
      std::swap(delta_, below_);
    }
  }

 private:
  static std::size_t at(int unit) { return static_cast<std::size_t>(unit) * lanes(); }
  std::size_t layers() const { return out_.size(); }
  const float* in(std::size_t l) const { return l == 0 ? x_ : out_[l - 1]; }
  float* weights(std::size_t l, int row) const {
    return state_ + (layout_.W[l].offset + static_cast<std::size_t>(row * slow_.sizes[l])) * lanes();
  }
  float* bias(std::size_t l, int row) const {
    return state_ + (layout_.b[l].offset + static_cast<std::size_t>(row)) * lanes();
  }

  void note_live(std::size_t l, const float* values) {
    live_[l].clear();
    for (int i = 0; i < slow_.sizes[l]; ++i)
      if (any(hn::Ne(load(values + at(i)), hn::Zero(F())))) live_[l].push_back(i);
  }

  void affine(std::size_t l) {
    const int rows = slow_.sizes[l + 1];
    int row = 0;
    for (; row + 4 <= rows; row += 4) affine_rows<4>(l, row);
    for (; row < rows; ++row) affine_rows<1>(l, row);
  }

  template <int kRows>
  HWY_INLINE void affine_rows(std::size_t l, int row) {
    const float* x = in(l);
    const float* W[kRows];
    V sum[kRows];
    for (int k = 0; k < kRows; ++k) {
      W[k] = weights(l, row + k);
      sum[k] = load(bias(l, row + k));
    }
    for (const int i : live_[l]) {
      const V xi = load(x + at(i));
      for (int k = 0; k < kRows; ++k) sum[k] = hn::MulAdd(load(W[k] + at(i)), xi, sum[k]);
    }
    for (int k = 0; k < kRows; ++k) store(sum[k], out_[l] + at(row + k));
  }

  // Dropout of probability p, from the second hidden layer on, comes before the ReLU.
  const float* dropout(std::size_t l) const {
    if (dropout_ == nullptr || l == 0) return nullptr;
    std::size_t before = 0;
    for (std::size_t k = 1; k < l; ++k) before += at(slow_.sizes[k + 1]);
    return dropout_ + before;
  }

  void rectify(std::size_t l) {
    const float* factor = dropout(l);
    for (int j = 0; j < slow_.sizes[l + 1]; ++j) {
      V h = load(out_[l] + at(j));
      if (factor != nullptr) h = hn::Mul(h, load(factor + at(j)));
      store(hn::IfThenZeroElse(hn::Lt(h, hn::Zero(F())), h), out_[l] + at(j));  // keeps a NaN
    }
    note_live(l + 1, out_[l]);
  }

  // Through the ReLU (and the dropout) of hidden layer l.
  void bend(std::size_t l) {
    const float* factor = dropout(l);
    for (int j = 0; j < slow_.sizes[l + 1]; ++j) {
      const V h = load(out_[l] + at(j));
      V g = hn::IfThenZeroElse(hn::Le(h, hn::Zero(F())), load(below_ + at(j)));
      if (factor != nullptr) g = hn::Mul(g, load(factor + at(j)));
      store(g, below_ + at(j));
    }
  }

  void descend_layer(std::size_t l) {
    taught_.clear();
    for (int j = 0; j < slow_.sizes[l + 1]; ++j) {
      const V d = load(delta_ + at(j));
      if (slow_.momentum == 0 && !any(hn::Ne(d, hn::Zero(F())))) continue;
      taught_.push_back(j);
      descend(bias(l, j), d, all(slow_.lr), slow_.momentum, velocity_);
    }
    std::size_t i = 0;
    for (; i + 4 <= taught_.size(); i += 4) descend_rows<4>(l, &taught_[i]);
    for (; i < taught_.size(); ++i) descend_rows<1>(l, &taught_[i]);
  }

  template <int kRows>
  HWY_INLINE void descend_rows(std::size_t l, const int* rows) {
    const V rate = all(slow_.lr);
    const float* x = in(l);
    float* W[kRows];
    V d[kRows];
    for (int k = 0; k < kRows; ++k) {
      W[k] = weights(l, rows[k]);
      d[k] = load(delta_ + at(rows[k]));
    }
    if (slow_.momentum != 0) {  // velocities live on where an input rests
      for (int i = 0; i < slow_.sizes[l]; ++i)
        for (int k = 0; k < kRows; ++k) {
          store(hn::MulAdd(load(W[k] + at(i)), d[k], load(below_ + at(i))), below_ + at(i));
          descend(W[k] + at(i), hn::Mul(d[k], load(x + at(i))), rate, slow_.momentum, velocity_);
        }
      return;
    }
    for (const int i : live_[l]) {
      const V xi = load(x + at(i));
      V g = load(below_ + at(i));
      for (int k = 0; k < kRows; ++k) {
        const V w = load(W[k] + at(i));
        g = hn::MulAdd(w, d[k], g);
        store(hn::NegMulAdd(rate, hn::Mul(d[k], xi), w), W[k] + at(i));
      }
      store(g, below_ + at(i));
    }
  }

  const Slow& slow_;
  const Layout& layout_;
  float* state_;
  std::size_t velocity_;
  std::vector<float*> out_;  // of each layer: hidden activity; logits
  float *delta_, *below_;    // gradients above and below a layer
  const float *x_ = nullptr, *dropout_ = nullptr;
  std::vector<std::vector<int>> live_;  // inputs of each layer that are not 0 in all lanes
  std::vector<int> taught_;             // rows of a layer whose gradient is not 0 in all lanes
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
