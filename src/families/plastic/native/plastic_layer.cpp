// Layers with plastic weights, by the adjoint equations of plastic.md 4.2, and static ones.
#include <algorithm>

#include "families/plastic/native/layer.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::plastic {

namespace {

// du(t) += G(t) o u(t-1), du(t-1) += G(t) o u(t), where G is the gradient of u(t-1) o u(t).
void add_pair_gradient(const Inputs& in, const float* G, float* du) {
  const auto size = static_cast<std::size_t>(in.N - 1) * static_cast<std::size_t>(in.stride);
  kernels::multiply_add(size, G + in.stride, in.u, du + in.stride);
  kernels::multiply_add(size, G + in.stride, in.u + in.stride, du);
}

// sum over t of g(t) (dQ(t) / d lambda) u(t), with the activity held.
double direct_decay_gradient(const Stream& s, const float* h, const float* g) {
  const auto n = static_cast<std::size_t>(s.stride), size = n * static_cast<std::size_t>(s.m);
  Floats Q(size), dQ(size);
  double sum = 0;
  for (int t = 0; t < s.N; ++t, h += s.stride, g += s.stride)
    for (std::size_t j = 0; j < static_cast<std::size_t>(s.m); ++j) {
      const float u = s.u[t * s.u_stride + static_cast<int>(j)];
      float of_input = 0;
      for (std::size_t i = 0, at = j * n; i < n; ++i, ++at) {
        of_input += g[i] * dQ[at];
        dQ[at] = s.decay * dQ[at] + Q[at];
        Q[at] = s.decay * Q[at] + s.E[at] * h[i] * u;
      }
      sum += double{of_input} * u;
    }
  return sum;
}

class PlasticLayer final : public NativeLayer {
 public:
  PlasticLayer(const ModelSpec& network, const Layout& layout, std::size_t index);
  void load(std::span<const float> parameters) override;
  void forward(const Inputs& inputs) override;
  void backward(const Inputs& inputs, std::span<float> gradient, float* du) override;

 private:
  float rate(std::span<const float> parameters, int i, int j) const;
  Stream stream(const Inputs& inputs);
  void static_part(const Inputs& inputs);
  void gate_products(const Inputs& inputs);
  void backward_through_memory(const Inputs& inputs, std::span<float> gradient, float* du);
  void backward_through_gate(const Inputs& inputs, float* du);
  void backward_weights(const Inputs& inputs, std::span<float> gradient, float* du);
  void unpack_rates(std::span<float> gradient);
  double decay_gradient(const Inputs& inputs) const;

  Slot weight_, bias_, eta_, lambda_;
  std::span<const float> parameters_;
  float decay_ = 0;
  Floats W_, W_post_, E_, E_post_, b_;  // [m, n], [n, m], ..
  Floats q_, hr_, dW_, dE_, db_, scratch_;
  // Of a memory of one frame: u(t-1) o u(t), the gradient of z, that of the pairs.
  Floats pairs_, dz_, du_pairs_;
};

PlasticLayer::PlasticLayer(const ModelSpec& network, const Layout& layout, std::size_t index)
    : NativeLayer(network.layers[index]), weight_(layout.weight[index]), bias_(layout.bias[index]) {
  if (layer_.plastic()) eta_ = layout.eta[index], lambda_ = layout.lambda[index];
  for (auto* matrix : {&W_, &E_, &dW_, &dE_}) matrix->resize(area(rows_, stride_));
  for (auto* matrix : {&W_post_, &E_post_}) matrix->resize(area(layer_.n, rows_));
  b_.resize(static_cast<std::size_t>(stride_));
  db_.resize(b_.size());
  scratch_.resize(scratch_size(std::max(layer_.n, layer_.m)));
}

float PlasticLayer::rate(std::span<const float> parameters, int i, int j) const {
  const float* eta = parameters.data() + eta_.offset;
  switch (layer_.rates) {
    case Rates::scalar:
      return rate_of(layer_, eta[0]);
    case Rates::post:
      return eta[i];
    case Rates::full:
      return eta[i * layer_.m + j];
  }
  return 0;
}

void PlasticLayer::load(std::span<const float> parameters) {
  parameters_ = parameters;
  if (layer_.memory == Memory::decaying)
    decay_ = static_cast<float>(decay_of(layer_, parameters[lambda_.offset]));
  std::copy_n(parameters.data() + bias_.offset, layer_.n, b_.begin());
  for (int i = 0; i < layer_.n; ++i)
    for (int j = 0; j < layer_.m; ++j) {
      const float w = parameters[weight_.offset + area(i, layer_.m) + static_cast<std::size_t>(j)];
      const std::size_t pre = area(j, stride_) + static_cast<std::size_t>(i);
      const std::size_t post = area(i, rows_) + static_cast<std::size_t>(j);
      W_[pre] = W_post_[post] = w;
      if (!layer_.plastic()) continue;
      E_[pre] = E_post_[post] = rate(parameters, i, j) * (layer_.rule == Rule::multiplicative ? w : 1.0f);
    }
}

Stream PlasticLayer::stream(const Inputs& in) {
  return {in.N, layer_.m, stride_, in.u, in.stride, E_.data(), decay_, layer_.phi, scratch_.data()};
}

void PlasticLayer::static_part(const Inputs& in) {
  h_.resize(area(in.N, stride_));
  for (int t = 0; t < in.N; ++t)
    std::ranges::copy(b_, h_.begin() + static_cast<std::ptrdiff_t>(area(t, stride_)));
  add_product({in.N, layer_.m, stride_, in.u, in.stride, 1, W_.data(), stride_, h_.data(), stride_});
}

void PlasticLayer::gate_products(const Inputs& in) {
  pairs_.resize(area(in.N, in.stride));
  std::fill_n(pairs_.begin(), in.stride, 0.0f);
  kernels::multiply(area(in.N - 1, in.stride), in.u, in.u + in.stride, pairs_.data() + in.stride);
  q_.assign(area(in.N, stride_), 0);
  add_product({in.N, layer_.m, stride_, pairs_.data(), in.stride, 1, E_.data(), stride_, q_.data(), stride_});
}

void PlasticLayer::forward(const Inputs& in) {
  static_part(in);
  if (layer_.memory == Memory::decaying) {
    q_.resize(h_.size());
    plastic_forward(stream(in), h_.data(), q_.data());
  } else if (layer_.memory == Memory::last_frame) {
    gate_products(in);
    gated_forward(in.N, stride_, layer_.phi, q_.data(), h_.data());
  } else {
    activate(layer_.phi, h_.size(), h_.data());
  }
}

void PlasticLayer::backward(const Inputs& in, std::span<float> gradient, float* du) {
  std::ranges::fill(dW_, 0.0f);
  std::ranges::fill(dE_, 0.0f);
  if (layer_.memory == Memory::decaying)
    backward_through_memory(in, gradient, du);
  else if (layer_.memory == Memory::last_frame)
    backward_through_gate(in, du);
  else
    activate_backward(layer_.phi, h_.size(), h_.data(), g_.data());
  if (layer_.plastic()) unpack_rates(gradient);
  backward_weights(in, gradient, du);
}

void PlasticLayer::backward_through_memory(const Inputs& in, std::span<float> gradient, float* du) {
  hr_.resize(h_.size());
  plastic_backward(stream(in), h_.data(), g_.data(), hr_.data(), dE_.data(), du);
  if (du != nullptr)
    plastic_inputs({in.N, layer_.n, stride_, in.u, in.stride, E_post_.data(), decay_, scratch_.data()},
                   h_.data(), g_.data(), du);
  gradient[lambda_.offset] += static_cast<float>(decay_gradient(in));
}

// The gradient of lambda is sum over t of <G(t+1), Q(t)>, G being that of Q. With S(t) = <G(t), Q(t)>, both
// updates give S(t+1) = lambda <G(t+1), Q(t)> + h r and S(t) = lambda <G(t+1), Q(t)> + g Q u, so that neither
// matrix is needed. That is lambda times the gradient; a decay that may be 0 takes the longer way.
double PlasticLayer::decay_gradient(const Inputs& in) const {
  if (layer_.decay == Decay::direct)
    return direct_decay_gradient({in.N, layer_.m, stride_, in.u, in.stride, E_.data(), decay_}, h_.data(),
                                 g_.data());
  std::vector<double> S(static_cast<std::size_t>(layer_.n));
  double sum = 0;  // of lambda <G(t+1), Q(t)>
  for (int t = in.N - 1; t >= 0; --t)
    for (std::size_t i = 0; i < S.size(); ++i) {
      const std::size_t at = area(t, stride_) + i;
      const double kept = S[i] - double{hr_[at]};
      sum += kept;
      S[i] = kept + double{g_[at]} * q_[at];
    }
  return (1 - double{decay_}) * sum;
}

void PlasticLayer::backward_through_gate(const Inputs& in, float* du) {
  dz_.resize(h_.size());
  gated_backward(in.N, stride_, layer_.phi, q_.data(), h_.data(), g_.data(), dz_.data());
  add_product(
      {layer_.m, in.N, stride_, pairs_.data(), 1, in.stride, dz_.data(), stride_, dE_.data(), stride_});
  if (du == nullptr) return;
  du_pairs_.assign(area(in.N, in.stride), 0);
  add_product(
      {in.N, layer_.n, rows_, dz_.data(), stride_, 1, E_post_.data(), rows_, du_pairs_.data(), in.stride});
  add_pair_gradient(in, du_pairs_.data(), du);
}

// From the gradient of E = eta or W o eta to those of eta and, where it is in E, of W.
void PlasticLayer::unpack_rates(std::span<float> gradient) {
  const bool multiplicative = layer_.rule == Rule::multiplicative;
  for (int i = 0; i < layer_.n; ++i)
    for (int j = 0; j < layer_.m; ++j) {
      const std::size_t at = area(j, stride_) + static_cast<std::size_t>(i);
      const float chain = layer_.sign == Sign::free ? 1.0f : E_[at];  // d exp(eta) = exp(eta) d eta
      const float of_eta = dE_[at] * (multiplicative ? W_[at] : 1.0f) * chain;
      if (multiplicative) dW_[at] += dE_[at] * rate(parameters_, i, j);
      const std::size_t column = layer_.rates == Rates::full ? area(i, layer_.m) + static_cast<std::size_t>(j)
                                 : layer_.rates == Rates::post ? static_cast<std::size_t>(i)
                                                               : 0;
      gradient[eta_.offset + column] += of_eta;
    }
}

void PlasticLayer::backward_weights(const Inputs& in, std::span<float> gradient, float* du) {
  add_product({layer_.m, in.N, stride_, in.u, 1, in.stride, g_.data(), stride_, dW_.data(), stride_});
  for (int i = 0; i < layer_.n; ++i)
    for (int j = 0; j < layer_.m; ++j)
      gradient[weight_.offset + area(i, layer_.m) + static_cast<std::size_t>(j)] +=
          dW_[area(j, stride_) + static_cast<std::size_t>(i)];
  kernels::column_sums(static_cast<std::size_t>(in.N), b_.size(), g_.data(), db_.data());
  for (std::size_t i = 0; i < static_cast<std::size_t>(layer_.n); ++i) gradient[bias_.offset + i] += db_[i];
  if (du != nullptr)
    add_product({in.N, layer_.n, rows_, g_.data(), stride_, 1, W_post_.data(), rows_, du, in.stride});
}

}  // namespace

std::unique_ptr<NativeLayer> plastic_layer(const ModelSpec& network, const Layout& layout,
                                           std::size_t index) {
  return std::make_unique<PlasticLayer>(network, layout, index);
}

}  // namespace tsd::plastic
