// One layer on plain memory: forward over all frames it sees, and the adjoint equations of plastic.md 4.2 by
// hand. Arrays over neurons are padded to kRow; matrices transposed, [presynaptic, postsynaptic].
#pragma once
#include <span>
#include <vector>

#include "families/plastic/kernel.hpp"

namespace tsd::plastic {

struct Inputs {
  const float* u = nullptr;  // [N, stride]
  int N = 0, stride = 0;
};

class NativeLayer {
 public:
  NativeLayer(const Network& network, const Layout& layout, std::size_t index);

  void load(std::span<const float> parameters);  // once per iteration
  void forward(const Inputs& inputs);
  // g() holds the gradient of h; adds to `gradient`, and to du unless it is null.
  void backward(const Inputs& inputs, std::span<float> gradient, float* du);

  int stride() const { return stride_; }
  int n() const { return layer_.n; }
  const float* h() const { return h_.data(); }
  float* g() { return g_.data(); }
  void clear_gradient(int N);

 private:
  float rate(std::span<const float> parameters, int i, int j) const;
  Stream stream(const Inputs& inputs);
  void static_part(const Inputs& inputs);
  void gate_products(const Inputs& inputs);
  void backward_through_memory(const Inputs& inputs, std::span<float> gradient, float* du);
  void backward_through_gate(const Inputs& inputs, float* du);
  void backward_weights(const Inputs& inputs, std::span<float> gradient, float* du);
  void unpack_rates(std::span<float> gradient);

  Layer layer_;
  Slot weight_, bias_, eta_, lambda_;
  int stride_, rows_;  // padded n, and m
  std::span<const float> parameters_;
  float decay_ = 0;
  std::vector<float> W_, W_post_, E_, E_post_, b_;  // [m, n], [n, m], ..
  std::vector<float> h_, g_, q_, hr_, dW_, dE_, db_, scratch_;
  std::vector<float> pairs_, dz_,
      du_pairs_;  // of a memory of one frame: u(t-1) o u(t), gradient of z, of the pairs
};

}  // namespace tsd::plastic
