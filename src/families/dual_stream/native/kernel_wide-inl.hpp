// The slow stream of many hidden units (dual_stream.md 3.1): each participant has memory of its own, and
// vectors run over units. Weights lie by input, so that a participant's units at rest are passed over; every
// sum has the order of that in lanes.
#if defined(TSD_DUAL_STREAM_WIDE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_WIDE_INL
#undef TSD_DUAL_STREAM_WIDE_INL
#else
#define TSD_DUAL_STREAM_WIDE_INL
#endif

#include <algorithm>
#include <span>
#include <vector>

#include "families/dual_stream/native/kernel_slow-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// Of one participant.
struct DropoutFactors {
  float operator()(std::size_t l, std::size_t unit) const {
    return dropout == nullptr || l == 0 ? 1.0f : dropout[at[l - 1] + unit * lanes()];
  }
  const float* dropout;  // [unit of the hidden layers from the second on, lane], from the participant on
  const std::vector<std::size_t>& at;  // where such a layer begins
};

// The units of a layer that are not 0, in order.
class Selection {
 public:
  void select(const float* values, std::size_t width) {
    index_.resize(width);
    count_ = 0;
    for (std::size_t i = 0; i < width; ++i) {
      index_[count_] = i;
      count_ += values[i] != 0;
    }
  }
  std::size_t size() const { return count_; }
  const std::size_t* at(std::size_t i) const { return index_.data() + i; }
  std::span<const std::size_t> all() const { return {index_.data(), count_}; }

 private:
  std::vector<std::size_t> index_;
  std::size_t count_ = 0;
};

// One participant.
class WideNetwork {
 public:
  WideNetwork(const Slow& slow, const WideLayout& layout, float* state)
      : slow_(slow), layout_(layout), state_(state), live_(slow.sizes.size()) {
    values_.emplace_back(static_cast<std::size_t>(slow.sizes[0]));
    for (const std::size_t row : layout.row) values_.emplace_back(row);
    const std::size_t widest = *std::ranges::max_element(layout.row);
    delta_.resize(widest);
    below_.resize(widest);
  }

  std::vector<float>& input() { return values_[0]; }
  const std::vector<float>& logits() const { return values_.back(); }

  void forward(const DropoutFactors& factor) {
    live_[0].select(values_[0].data(), width(0));
    for (std::size_t l = 0; l < layers(); ++l) {
      affine(l);
      if (l + 1 == layers()) return;
      for (std::size_t j = 0; j < width(l + 1); ++j) {
        const float h = values_[l + 1][j] * factor(l, j);
        values_[l + 1][j] = h < 0 ? 0 : h;  // keeps a NaN
      }
      live_[l + 1].select(values_[l + 1].data(), width(l + 1));
    }
  }

  // delta: gradient of the logits, the first of delta(). All deltas are of the weights before the step.
  std::vector<float>& delta() { return delta_; }
  void learn(const DropoutFactors& factor) {
    std::fill(delta_.begin() + static_cast<std::ptrdiff_t>(width(layers())), delta_.end(), 0.0f);
    for (std::size_t l = layers(); l-- > 0;) {
      taught_.select(delta_.data(), width(l + 1));
      if (taught_.size() == 0) return;
      if (l > 0) pass_down(l);
      descend_layer(l);
      if (l == 0) return;
      std::fill(delta_.begin(), delta_.end(), 0.0f);
      for (const std::size_t j : live_[l].all())
        if (!(values_[l][j] <= 0)) delta_[j] = below_[j] * factor(l - 1, j);
    }
  }

 private:
  using One = hn::CappedTag<float, 1>;

  std::size_t layers() const { return layout_.row.size(); }
  std::size_t width(std::size_t l) const { return static_cast<std::size_t>(slow_.sizes[l]); }
  float* weights(std::size_t l, std::size_t in) const { return state_ + layout_.W[l] + in * layout_.row[l]; }

  void affine(std::size_t l) {
    std::copy_n(state_ + layout_.b[l], layout_.row[l], values_[l + 1].data());
    const Selection& live = live_[l];
    std::size_t i = 0;
    for (; i + 4 <= live.size(); i += 4) add_inputs<4>(l, live.at(i));
    for (; i < live.size(); ++i) add_inputs<1>(l, live.at(i));
  }

  template <std::size_t kInputs>
  HWY_INLINE void add_inputs(std::size_t l, const std::size_t* inputs) {
    const float* W[kInputs];
    V x[kInputs];
    for (std::size_t k = 0; k < kInputs; ++k) {
      W[k] = weights(l, inputs[k]);
      x[k] = all(values_[l][inputs[k]]);
    }
    float* out = values_[l + 1].data();
    for (std::size_t j = 0; j < layout_.row[l]; j += lanes()) {
      V sum = load(out + j);
      for (std::size_t k = 0; k < kInputs; ++k) sum = hn::MulAdd(load(W[k] + j), x[k], sum);
      store(sum, out + j);
    }
  }

  void pass_down(std::size_t l) {
    const Selection& live = live_[l];
    std::size_t i = 0;
    for (; i + 8 <= live.size(); i += 8) sum_taught<8>(l, live.at(i));
    for (; i < live.size(); ++i) sum_taught<1>(l, live.at(i));
  }

  // A sum over units after the other is one chain of additions; several inputs' chains run side by side.
  template <std::size_t kInputs>
  HWY_INLINE void sum_taught(std::size_t l, const std::size_t* inputs) {
    const float* W[kInputs];
    hn::Vec<One> sum[kInputs];
    for (std::size_t k = 0; k < kInputs; ++k) {
      W[k] = weights(l, inputs[k]);
      sum[k] = hn::Zero(One());
    }
    for (const std::size_t j : taught_.all()) {
      const auto d = hn::LoadU(One(), &delta_[j]);
      for (std::size_t k = 0; k < kInputs; ++k) sum[k] = hn::MulAdd(hn::LoadU(One(), W[k] + j), d, sum[k]);
    }
    for (std::size_t k = 0; k < kInputs; ++k) below_[inputs[k]] = hn::GetLane(sum[k]);
  }

  void descend_layer(std::size_t l) {
    const V rate = all(slow_.lr);
    float* b = state_ + layout_.b[l];
    for (std::size_t j = 0; j < layout_.row[l]; j += lanes())
      store(hn::NegMulAdd(rate, load(&delta_[j]), load(b + j)), b + j);
    for (const std::size_t i : live_[l].all()) {
      const V x = all(values_[l][i]);
      float* W = weights(l, i);
      for (std::size_t j = 0; j < layout_.row[l]; j += lanes())
        store(hn::NegMulAdd(rate, hn::Mul(load(&delta_[j]), x), load(W + j)), W + j);
    }
  }

  const Slow& slow_;
  const WideLayout& layout_;
  float* state_;
  std::vector<std::vector<float>> values_;  // input, and outputs of each layer
  std::vector<Selection> live_;             // of input and hidden layers: units that are not 0
  Selection taught_;                        // units of a layer whose gradient is not 0
  std::vector<float> delta_, below_;        // gradients above and below a layer
};

class WideSlow final : public SlowStream {
 public:
  WideSlow(const ModelSpec& model, const Block& block) : slow_(model.slow), layout_(model.slow) {
    for (int i = 0; i < block.members; ++i)
      networks_.emplace_back(slow_, layout_, block.slow + static_cast<std::size_t>(i) * layout_.size);
    for (std::size_t l = 1; l + 1 < slow_.layers(); ++l) {
      dropout_at_.push_back(dropout_size_);
      dropout_size_ += static_cast<std::size_t>(slow_.sizes[l + 1]) * lanes();
    }
  }

  // Lanes that are left over show the last member's logits.
  void forward(const float* x, const float* dropout, float* z) override {
    dropout_ = dropout;
    for (std::size_t member = 0; member < networks_.size(); ++member) {
      WideNetwork& network = networks_[member];
      for (std::size_t m = 0; m < network.input().size(); ++m) network.input()[m] = x[m * lanes() + member];
      network.forward(factors_of(member));
      const std::size_t end = member + 1 == networks_.size() ? lanes() : member + 1;
      for (int k = 0; k < slow_.sizes.back(); ++k) {
        const auto row = static_cast<std::size_t>(k);
        std::fill(z + row * lanes() + member, z + row * lanes() + end, network.logits()[row]);
      }
    }
  }

  void learn(const float* dz) override {
    for (std::size_t member = 0; member < networks_.size(); ++member) {
      WideNetwork& network = networks_[member];
      for (int k = 0; k < slow_.sizes.back(); ++k)
        network.delta()[static_cast<std::size_t>(k)] = dz[static_cast<std::size_t>(k) * lanes() + member];
      network.learn(factors_of(member));
    }
  }

 private:
  DropoutFactors factors_of(std::size_t member) const {
    return {dropout_ == nullptr ? nullptr : dropout_ + member, dropout_at_};
  }

  const Slow& slow_;
  const WideLayout layout_;
  std::vector<WideNetwork> networks_;
  std::vector<std::size_t> dropout_at_;  // by hidden layer from the second
  std::size_t dropout_size_ = 0;
  const float* dropout_ = nullptr;
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
