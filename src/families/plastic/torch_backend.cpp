#include <algorithm>

#include "families/plastic/backend.hpp"
#include "families/plastic/torch_network.hpp"

namespace tsd::plastic {

using torch::Tensor;

TorchParameters views(const Layout& layout, const Tensor& flat) {
  const auto view = [&](const Slot& slot) {
    return flat.narrow(0, static_cast<std::int64_t>(slot.offset), static_cast<std::int64_t>(slot.size()))
        .view(slot.shape);
  };
  const auto list = [&](const std::vector<Slot>& slots) {
    std::vector<Tensor> tensors;
    for (const Slot& slot : slots) tensors.push_back(view(slot));
    return tensors;
  };
  return {view(layout.w_final), view(layout.b_final), list(layout.lambda),
          list(layout.weight),  list(layout.bias),    list(layout.eta)};
}

TorchActivity run(const Network& network, const TorchParameters& p, const Tensor& frames) {
  const std::int64_t B = frames.size(0), N = frames.size(1);
  const std::size_t K = network.layers.size();
  std::vector<Tensor> P, decay;
  for (std::size_t i = 0; i < p.lambda.size(); ++i) {
    P.push_back(torch::zeros({B, network.layers[i].n, network.layers[i].m}, frames.options()));
    decay.push_back(torch::sigmoid(p.lambda[i]));
  }
  std::vector<Tensor> logits;
  std::vector<std::vector<Tensor>> h(K);
  for (std::int64_t t = 0; t < N; ++t) {
    const Tensor x = frames.select(1, t).unsqueeze(2);  // [B, d, 1]
    std::vector<Tensor> now;
    for (std::size_t i = 0; i < K; ++i) {
      const Layer& l = network.layers[i];
      const Tensor u = network.stacked || i == 0 ? x : now.back();
      Tensor a = torch::matmul(p.weight[i], u) + p.bias[i];
      if (l.memory != Memory::none)
        a = a + torch::matmul(l.rule == Rule::additive ? P[i] : p.weight[i] * P[i], u);
      now.push_back(l.phi == Phi::tanh ? torch::tanh(a) : torch::sigmoid(a));
      if (l.memory == Memory::none) continue;
      const Tensor change = p.eta[i] * torch::matmul(now.back(), u.transpose(1, 2));
      P[i] = l.memory == Memory::decaying ? decay[i] * P[i] + change : change;
    }
    const Tensor top = network.stacked ? torch::cat(now, 1) : now.back();
    logits.push_back((torch::matmul(p.w_final, top) + p.b_final).view({B}));
    for (std::size_t i = 0; i < K; ++i) h[i].push_back(now[i].squeeze(2));
  }
  TorchActivity activity{torch::stack(logits, 1), {}, std::move(P)};
  for (const auto& of_layer : h) activity.h.push_back(torch::stack(of_layer, 1));
  return activity;
}

namespace {

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor host = tensor.detach().to(torch::kCPU).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(const Network& network, Bce bce, const std::string& device)
      : network_(network), layout_(network), bce_(bce), device_(device) {}

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
    const Tensor target = torch::stack(labels).to(device_);
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
    return torch::tensor(std::vector<float>(values.begin(), values.end())).to(device_);
  }
  Tensor frames_of(std::span<const Sequence> sequences) const {
    std::vector<Tensor> all;
    for (const Sequence& s : sequences) all.push_back(torch::tensor(s.frames).view({s.frame_count(), s.d}));
    return torch::stack(all).to(device_);
  }
  static Tensor last_frames(const Tensor& of_frames, const Sequence& sequence) {
    return of_frames.view({-1, sequence.T, sequence.F}).select(2, sequence.F - 1);
  }

  Network network_;
  Layout layout_;
  Bce bce_;
  torch::Device device_;
};

}  // namespace

std::unique_ptr<Backend> torch_backend(const Network& network, Bce bce, const std::string& device) {
  return std::make_unique<TorchBackend>(network, bce, device);
}

}  // namespace tsd::plastic
