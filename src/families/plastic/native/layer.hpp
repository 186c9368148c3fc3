// One layer on plain memory: forward over all frames it sees, and its gradient by hand. Arrays over neurons
// are padded to kRow; matrices are transposed, [presynaptic, postsynaptic].
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "families/plastic/native/kernel.hpp"
#include "tsd/kernels/aligned.hpp"

namespace tsd::plastic {

using kernels::Floats;

struct Inputs {
  const float* u = nullptr;  // [N, stride]
  int N = 0, stride = 0;
};

class NativeLayer {
 public:
  explicit NativeLayer(const Layer& layer)
      : layer_(layer), stride_(padded(layer.n)), rows_(padded(layer.m)) {}
  virtual ~NativeLayer() = default;

  virtual void load(std::span<const float> parameters) = 0;  // once per iteration
  virtual void forward(const Inputs& inputs) = 0;
  // g() holds the gradient of h; adds to `gradient`, and to du unless it is null.
  virtual void backward(const Inputs& inputs, std::span<float> gradient, float* du) = 0;

  int stride() const { return stride_; }
  int n() const { return layer_.n; }
  const float* h() const { return h_.data(); }
  float* g() { return g_.data(); }
  void clear_gradient(int N) { g_.assign(area(N, stride_), 0); }

 protected:
  static std::size_t area(int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }

  Layer layer_;
  int stride_, rows_;  // padded n, and m
  Floats h_, g_;       // [N, stride]
};

// Layer `index` of a network: with plastic weights, static, or recurrent.
std::unique_ptr<NativeLayer> plastic_layer(const ModelSpec& network, const Layout& layout, std::size_t index);
std::unique_ptr<NativeLayer> recurrent_layer(const ModelSpec& network, const Layout& layout,
                                             std::size_t index);

}  // namespace tsd::plastic
