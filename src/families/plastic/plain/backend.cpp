#include <algorithm>

#include "families/plastic/model/backend.hpp"
#include "families/plastic/plain/network.hpp"

namespace tsd::plastic {

using torch::Tensor;

TorchParameters views(const Layout& layout, const Tensor& flat) {
  const auto view = [&](const Slot& slot) {
    return flat.narrow(0, static_cast<std::int64_t>(slot.offset), static_cast<std::int64_t>(slot.size()))
        .view(slot.shape);
  };
  const auto list = [&](const std::vector<Slot>& slots) {
    std::vector<Tensor> tensors;
    for (const Slot& slot : slots) tensors.push_back(slot.size() > 0 ? view(slot) : Tensor());
    return tensors;
  };
  return {view(layout.w_final), view(layout.b_final), list(layout.lambda),    list(layout.weight),
          list(layout.bias),    list(layout.eta),     list(layout.recurrent), list(layout.recurrent_bias)};
}

namespace {

Tensor rates(const Layer& l, const Tensor& eta) {
  if (l.sign == Sign::free) return eta;
  return l.sign == Sign::hebbian ? torch::exp(eta) : -torch::exp(eta);
}

// A layer frame by frame: u [B, m, 1] to h [B, n, 1].
class LayerState {
 public:
  LayerState(const Layer& layer, const TorchParameters& p, std::size_t i, const torch::TensorOptions& options,
             std::int64_t B)
      : layer_(layer), W_(p.weight[i]), b_(p.bias[i]) {
    if (layer.plastic()) {
      eta_ = rates(layer, p.eta[i]);
      decay_ = layer.decay == Decay::sigmoid ? torch::sigmoid(p.lambda[i]) : p.lambda[i];
      P = torch::zeros({B, layer.n, layer.m}, options);
    }
    if (layer.recurrent()) {
      R_ = p.recurrent[i];
      if (p.recurrent_bias[i].defined()) b_ = b_ + p.recurrent_bias[i];
      h_ = c_ = torch::zeros({B, layer.n, 1}, options);
    }
  }

  Tensor step(const Tensor& u) {
    const Tensor a = torch::matmul(W_, u) + b_;
    if (layer_.recurrent()) return h_ = recur(a + torch::matmul(R_, h_));
    if (!layer_.plastic()) return phi(a);
    const Tensor h = phi(a + torch::matmul(layer_.rule == Rule::additive ? P : W_ * P, u));
    const Tensor change = eta_ * torch::matmul(h, u.transpose(1, 2));
    P = layer_.memory == Memory::decaying ? decay_ * P + change : change;
    return h;
  }

  Tensor P;  // [B, n, m]; undefined in a layer without

 private:
  Tensor phi(const Tensor& a) const { return layer_.phi == Phi::tanh ? torch::tanh(a) : torch::sigmoid(a); }

  Tensor recur(const Tensor& a) {
    if (layer_.memory == Memory::activity) return phi(a);
    const auto gate = a.chunk(4, 1);
    c_ = torch::sigmoid(gate[1]) * c_ + torch::sigmoid(gate[0]) * torch::tanh(gate[2]);
    return torch::sigmoid(gate[3]) * torch::tanh(c_);
  }

  const Layer& layer_;
  Tensor W_, b_, eta_, decay_, R_, h_, c_;
};

}  // namespace

TorchActivity run(const ModelSpec& network, const TorchParameters& p, const Tensor& frames) {
  const std::int64_t B = frames.size(0), N = frames.size(1);
  std::vector<LayerState> layers;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    layers.emplace_back(network.layers[i], p, i, frames.options(), B);
  std::vector<Tensor> logits;
  std::vector<std::vector<Tensor>> h(layers.size());
  for (std::int64_t t = 0; t < N; ++t) {
    const Tensor x = frames.select(1, t).unsqueeze(2);  // [B, d, 1]
    std::vector<Tensor> now;
    for (LayerState& layer : layers)
      now.push_back(layer.step(network.stacked || now.empty() ? x : now.back()));
    const Tensor top = network.stacked ? torch::cat(now, 1) : now.back();
    logits.push_back((torch::matmul(p.w_final, top) + p.b_final).view({B}));
    for (std::size_t i = 0; i < layers.size(); ++i) h[i].push_back(now[i].squeeze(2));
  }
  TorchActivity activity{torch::stack(logits, 1), {}, {}};
  for (const auto& of_layer : h) activity.h.push_back(torch::stack(of_layer, 1));
  for (const LayerState& layer : layers)
    if (layer.P.defined()) activity.P_end.push_back(layer.P);
  return activity;
}

namespace {

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor host = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(const ModelSpec& network, Bce bce, const std::string& device, Arithmetic arithmetic)
      : network_(network),
        layout_(network),
        bce_(bce),
        options_(torch::device(device).dtype(arithmetic == Arithmetic::float64 ? torch::kFloat64
                                                                               : torch::kFloat32)) {}

  std::vector<float> run(std::span<const float> parameters, const Sequence& sequence, Trace* trace) override {
    const torch::NoGradGuard no_grad;
    const auto activity = plastic::run(network_, views(layout_, load(parameters)), frames_of({&sequence, 1}));
    const Tensor y = torch::sigmoid(activity.logits);
    if (trace) {
      trace->y = to_vector(y);
      trace->h.clear();
      for (const Tensor& h : activity.h) trace->h.push_back(to_vector(h));
    }
    return to_vector(last_frames(y, sequence));
  }

  std::vector<std::vector<float>> gradient(std::span<const float> parameters,
                                           std::span<const Sequence> sequences,
                                           std::span<float> gradient) override {
    const Tensor flat = load(parameters).requires_grad_();
    const auto activity = plastic::run(network_, views(layout_, flat), frames_of(sequences));
    const Tensor logits = last_frames(activity.logits, sequences[0]), y = torch::sigmoid(logits);
    std::vector<Tensor> labels;
    for (const Sequence& sequence : sequences)
      labels.push_back(torch::tensor(std::vector<float>(sequence.labels.begin(), sequence.labels.end())));
    const Tensor target = torch::stack(labels).to(options_);
    const Tensor loss = bce_ == Bce::reference ? torch::binary_cross_entropy(y, target)
                                               : torch::binary_cross_entropy_with_logits(logits, target);
    loss.backward();
    std::ranges::copy(to_vector(flat.grad()), gradient.begin());
    std::vector<std::vector<float>> outputs;
    for (std::int64_t b = 0; b < y.size(0); ++b) outputs.push_back(to_vector(y[b]));
    return outputs;
  }

 private:
  Tensor load(std::span<const float> values) const {
    return torch::tensor(std::vector<float>(values.begin(), values.end())).to(options_);
  }
  Tensor frames_of(std::span<const Sequence> sequences) const {
    std::vector<Tensor> all;
    for (const Sequence& s : sequences) all.push_back(torch::tensor(s.frames).view({s.frame_count(), s.d}));
    return torch::stack(all).to(options_);
  }
  static Tensor last_frames(const Tensor& of_frames, const Sequence& sequence) {
    return of_frames.view({-1, sequence.T, sequence.F}).select(2, sequence.F - 1);
  }

  ModelSpec network_;
  Layout layout_;
  Bce bce_;
  torch::TensorOptions options_;
};

}  // namespace

std::unique_ptr<Backend> torch_backend(const ModelSpec& network, Bce bce, const std::string& device,
                                       Arithmetic arithmetic) {
  return std::make_unique<TorchBackend>(network, bce, device, arithmetic);
}

}  // namespace tsd::plastic
