// Layer by layer over time (plastic.md 10): a layer depends on the one below through its activity only.
// Layers without memory, and the readout, see only the last frame of each scene.
#include <algorithm>
#include <cmath>

#include "families/plastic/model/backend.hpp"
#include "families/plastic/native/layer.hpp"

namespace tsd::plastic {

namespace {

class NativeBackend final : public Backend {
 public:
  NativeBackend(const ModelSpec& network, Bce bce) : network_(network), layout_(network), bce_(bce) {
    for (std::size_t i = 0; i < network_.layers.size(); ++i)
      layers_.push_back(network_.layers[i].recurrent() ? recurrent_layer(network_, layout_, i)
                                                       : plastic_layer(network_, layout_, i));
  }

  std::vector<float> run(std::span<const float> parameters, const Sequence& sequence, Trace* trace) override {
    load(parameters, sequence);
    forward(trace != nullptr);
    const auto logits = readout(parameters, 0);
    if (trace) {
      trace->y.clear();
      for (const auto& of_frame : readout(parameters, 1)) trace->y.push_back(sigmoid(of_frame));
      trace->h.clear();
      for (const auto& layer : layers_) trace->h.push_back(unpadded(*layer));
    }
    std::vector<float> y;
    for (const float logit : logits) y.push_back(sigmoid(logit));
    return y;
  }

  std::vector<std::vector<float>> gradient(std::span<const float> parameters,
                                           std::span<const Sequence> sequences,
                                           std::span<float> gradient) override {
    std::ranges::fill(gradient, 0.0f);
    std::vector<std::vector<float>> outputs;
    for (const Sequence& sequence : sequences) {
      load(parameters, sequence);
      forward(false);
      const auto logits = readout(parameters, 0);
      auto& y = outputs.emplace_back();
      for (const float logit : logits) y.push_back(sigmoid(logit));
      backward(parameters, y, static_cast<float>(sequence.T) * static_cast<float>(sequences.size()),
               gradient);
    }
    return outputs;
  }

 private:
  static float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

  void load(std::span<const float> parameters, const Sequence& sequence) {
    sequence_ = &sequence;
    for (const auto& layer : layers_) layer->load(parameters);
    const auto d = static_cast<std::size_t>(sequence.d),
               stride = static_cast<std::size_t>(padded(sequence.d));
    frames_.assign(static_cast<std::size_t>(sequence.frame_count()) * stride, 0);
    for (std::size_t t = 0; t * d < sequence.frames.size(); ++t)
      std::copy_n(&sequence.frames[t * d], d, &frames_[t * stride]);
  }

  bool fed_by_frames(std::size_t i) const { return i == 0 || network_.stacked; }
  bool remembers(std::size_t i) const { return network_.layers[i].memory != Memory::none; }
  // Does layer i see the last frame of each scene only?
  bool sparse(std::size_t i) const { return i > 0 && !remembers(i) && !dense_; }

  Inputs inputs(std::size_t i) const {
    if (fed_by_frames(i)) return {frames_.data(), sequence_->frame_count(), padded(network_.d)};
    const NativeLayer& below = *layers_[i - 1];
    if (!sparse(i)) return {below.h(), sequence_->frame_count(), below.stride()};
    return {sparse(i - 1) ? below.h() : last_.data(), sequence_->T, below.stride()};
  }

  // Activity of the last frames, where the first layer without memory takes over.
  void gather(const NativeLayer& below) {
    const auto stride = static_cast<std::size_t>(below.stride());
    last_.resize(static_cast<std::size_t>(sequence_->T) * stride);
    for (int s = 0; s < sequence_->T; ++s)
      std::copy_n(below.h() + last_frame(s) * stride, stride, last_.begin() + std::ptrdiff_t(stride) * s);
  }

  std::size_t last_frame(int scene) const {
    return static_cast<std::size_t>(scene * sequence_->F + sequence_->F - 1);
  }

  void forward(bool dense) {
    dense_ = dense;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (sparse(i) && !sparse(i - 1)) gather(*layers_[i - 1]);
      layers_[i]->forward(inputs(i));
    }
  }

  // Row of h (or g) of layer i that belongs to the last frame of a scene.
  std::size_t row(std::size_t i, int scene) const {
    return (sparse(i) ? static_cast<std::size_t>(scene) : last_frame(scene)) *
           static_cast<std::size_t>(layers_[i]->stride());
  }

  // body(layer, its part of w_final)
  template <class Body>
  void for_read_layers(const Body& body) const {
    std::size_t column = layout_.w_final.offset;
    for (std::size_t i = network_.stacked ? 0 : layers_.size() - 1; i < layers_.size(); ++i) {
      body(i, column);
      column += static_cast<std::size_t>(layers_[i]->n());
    }
  }

  // Logits of the last frames, or (after a dense forward) of all.
  std::vector<float> readout(std::span<const float> parameters, bool all) const {
    const int count = all ? sequence_->frame_count() : sequence_->T;
    std::vector<float> logits(static_cast<std::size_t>(count), parameters[layout_.b_final.offset]);
    for_read_layers([&](std::size_t i, std::size_t column) {
      for (int s = 0; s < count; ++s) {
        const float* h =
            layers_[i]->h() +
            (all ? static_cast<std::size_t>(s) * static_cast<std::size_t>(layers_[i]->stride()) : row(i, s));
        for (int k = 0; k < layers_[i]->n(); ++k)
          logits[static_cast<std::size_t>(s)] += h[k] * parameters[column + static_cast<std::size_t>(k)];
      }
    });
    return logits;
  }

  // Gradient of the logit; exactly 0 of a saturated output, as of sigmoid and binary cross entropy one after
  // the other.
  float logit_gradient(float y, float label, float scenes) const {
    if (bce_ == Bce::logits) return (y - label) / scenes;
    const float slope = y * (1 - y);
    return (y - label) / std::max(slope, 1e-12f) / scenes * slope;
  }

  void backward(std::span<const float> parameters, std::span<const float> y, float scenes,
                std::span<float> gradient) {
    for (std::size_t i = 0; i < layers_.size(); ++i)
      layers_[i]->clear_gradient(sparse(i) ? sequence_->T : sequence_->frame_count());
    for (int s = 0; s < sequence_->T; ++s) {
      const float g = logit_gradient(y[static_cast<std::size_t>(s)],
                                     sequence_->labels[static_cast<std::size_t>(s)], scenes);
      gradient[layout_.b_final.offset] += g;
      for_read_layers([&](std::size_t i, std::size_t column) {
        const float* h = layers_[i]->h() + row(i, s);
        float* gh = layers_[i]->g() + row(i, s);
        for (std::size_t k = 0; k < static_cast<std::size_t>(layers_[i]->n()); ++k) {
          gradient[column + k] += g * h[k];
          gh[k] += g * parameters[column + k];
        }
      });
    }
    for (std::size_t i = layers_.size(); i-- > 0;) backward_layer(i, gradient);
  }

  void backward_layer(std::size_t i, std::span<float> gradient) {
    if (fed_by_frames(i)) return layers_[i]->backward(inputs(i), gradient, nullptr);
    NativeLayer& below = *layers_[i - 1];
    if (sparse(i) == sparse(i - 1)) return layers_[i]->backward(inputs(i), gradient, below.g());
    const auto stride = static_cast<std::size_t>(below.stride());
    last_gradient_.assign(static_cast<std::size_t>(sequence_->T) * stride, 0);
    layers_[i]->backward(inputs(i), gradient, last_gradient_.data());
    for (int s = 0; s < sequence_->T; ++s)
      std::copy_n(last_gradient_.begin() + std::ptrdiff_t(stride) * s, stride,
                  below.g() + last_frame(s) * stride);
  }

  std::vector<float> unpadded(const NativeLayer& layer) const {
    std::vector<float> h;
    for (int t = 0; t < sequence_->frame_count(); ++t) {
      const float* row = layer.h() + std::ptrdiff_t{t} * layer.stride();
      h.insert(h.end(), row, row + layer.n());
    }
    return h;
  }

  ModelSpec network_;
  Layout layout_;
  Bce bce_;
  std::vector<std::unique_ptr<NativeLayer>> layers_;
  const Sequence* sequence_ = nullptr;  // at work
  bool dense_ = false;                  // layers without memory see every frame
  Floats frames_, last_, last_gradient_;
};

}  // namespace

std::unique_ptr<Backend> native_backend(const ModelSpec& network, Bce bce) {
  return std::make_unique<NativeBackend>(network, bce);
}

}  // namespace tsd::plastic
