#include <algorithm>

#include "families/plastic/model/backend.hpp"
#include "families/plastic/plain/cell.hpp"
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
  std::vector<std::vector<Tensor>> own;
  for (const auto& of_layer : layout.own) own.push_back(list(of_layer));
  return {view(layout.w_final),   view(layout.b_final),        list(layout.lambda),
          list(layout.weight),    list(layout.bias),           list(layout.eta),
          list(layout.recurrent), list(layout.recurrent_bias), own};
}

TorchActivity run(const ModelSpec& network, const TorchParameters& p, const Tensor& frames) {
  TorchActivity activity;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    const bool plastic = layer.plastic();
    const LayerParameters parameters = {p.weight[i],
                                        p.bias[i],
                                        plastic ? p.eta[i] : Tensor(),
                                        plastic ? p.lambda[i] : Tensor(),
                                        p.recurrent[i],
                                        p.recurrent_bias[i],
                                        p.own[i]};
    const auto [h, P_end] =
        cell_of(layer.memory)(layer, parameters, i == 0 || network.stacked ? frames : activity.h.back());
    activity.h.push_back(h);
    if (P_end.defined()) activity.P_end.push_back(P_end);
  }
  const Tensor top = network.stacked ? torch::cat(activity.h, 2) : activity.h.back();
  activity.logits = (torch::matmul(top, p.w_final.t()) + p.b_final).squeeze(2);
  return activity;
}

namespace {

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor host = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(const ModelSpec& network, Bce bce, const std::string& device, Arithmetic arithmetic)
      : network_(network),
        layout_(network),
        bce_(bce),
        options_(torch::device(device).dtype(arithmetic == Arithmetic::float64 ? torch::kDouble
                                                                               : torch::kFloat)) {}

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
