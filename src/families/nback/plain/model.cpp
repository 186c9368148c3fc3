#include "families/nback/plain/model.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/normalization.h>

#include <algorithm>

#include "families/nback/model/parameters.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::nback {
namespace {

// Masks are time-major on the host; the modules are batch-major.
std::vector<torch::Tensor> to_tensors(const std::vector<std::vector<float>>& masks,
                                      const torch::Tensor& like) {
  const std::int64_t B = like.size(0), L = like.size(1);
  std::vector<torch::Tensor> tensors;
  for (const auto& mask : masks)
    tensors.push_back(torch::tensor(at::ArrayRef<float>(mask), torch::kFloat)
                          .view({L, B, -1})
                          .transpose(0, 1)
                          .to(like.options()));
  return tensors;
}

}  // namespace

ReduceImpl::ReduceImpl(const ModelSpec& spec)
    : weight_(register_parameter("weight", torch::empty({spec.H, spec.F, 1, 1}))),
      bias_(register_parameter("bias", torch::empty({spec.H}))) {}

torch::Tensor ReduceImpl::forward(const torch::Tensor& features) {
  return torch::linear(features, weight_.flatten(1), bias_);
}

GateImpl::GateImpl(const ModelSpec& spec) {
  torch::nn::Sequential network;
  const auto linear = [&](int out, int in) {
    layers_.emplace_back(in, out);
    network->push_back(layers_.back());
  };
  const auto relu_dropout = [&] {
    network->push_back(torch::nn::ReLU());
    network->push_back(torch::nn::Identity());  // keeps PyTorch's numbering; the mask is applied in network()
  };
  if (spec.attention == Attention::task_only) {
    task_bias_ = register_parameter("task_bias", torch::empty({spec.task_inputs(), spec.H}));
    linear(spec.D, spec.task_inputs());
    relu_dropout();
  } else {
    task_ = torch::nn::Linear(spec.task_inputs(), spec.D);
    feature_ = torch::nn::Linear(spec.H, spec.D);
    register_module("task_proj", torch::nn::Sequential(task_));
    register_module("feature_proj", torch::nn::Sequential(feature_));
  }
  linear(spec.D, spec.D);
  relu_dropout();
  linear(spec.H, spec.D);
  register_module("gate_network", network);
}

torch::Tensor GateImpl::network(torch::Tensor x, const std::vector<torch::Tensor>& masks) {
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = layers_[i](x).relu();
    if (!masks.empty()) x = x * masks[i];
  }
  return layers_.back()(x);
}

torch::Tensor GateImpl::forward(const torch::Tensor& e, const torch::Tensor& task,
                                const std::vector<torch::Tensor>& masks) {
  const auto task_steps = task.unsqueeze(1).expand({-1, e.size(1), -1});  // [B, L, 6]
  if (task_) return network(task_(task_steps).relu() * feature_(e).relu(), masks).sigmoid();
  return (network(task_steps, masks) + task_steps.matmul(task_bias_)).sigmoid();
}

RecurrentImpl::RecurrentImpl(const ModelSpec& spec) : cell_(spec.cell), H_(spec.H) {
  const std::int64_t H = spec.H, G = gates_of(spec.cell);
  for (int layer = 0; layer < spec.layers; ++layer) {
    const std::string suffix = std::string("_l") + std::to_string(layer);
    layers_.push_back({register_parameter("weight_ih" + suffix, torch::empty({G * H, H})),
                       register_parameter("weight_hh" + suffix, torch::empty({G * H, H})),
                       register_parameter("bias_ih" + suffix, torch::empty({G * H})),
                       register_parameter("bias_hh" + suffix, torch::empty({G * H}))});
  }
}

torch::Tensor RecurrentImpl::forward(torch::Tensor z, const std::vector<torch::Tensor>& masks) {
  const auto h0 = torch::zeros({1, z.size(0), H_}, z.options());
  constexpr bool biases = true, bidirectional = false, batch_first = true;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (layer > 0 && !masks.empty()) z = z * masks[layer - 1];
    const auto& w = layers_[layer];
    switch (cell_) {
      case Cell::rnn:
        z = std::get<0>(torch::rnn_tanh(z, h0, w, biases, 1, 0., is_training(), bidirectional, batch_first));
        break;
      case Cell::gru:
        z = std::get<0>(torch::gru(z, h0, w, biases, 1, 0., is_training(), bidirectional, batch_first));
        break;
      case Cell::lstm:
        z = std::get<0>(
            torch::lstm(z, {h0, h0}, w, biases, 1, 0., is_training(), bidirectional, batch_first));
        break;
    }
  }
  return z;
}

ModelImpl::ModelImpl(const ModelSpec& spec) {
  using namespace torch::nn;
  const auto group = [this](const std::string& name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  reduce_ = group("perceptual")->register_module("reduce", Reduce(spec));
  auto cognitive = group("cognitive");
  pre_ = cognitive->register_module("pre", Sequential(Linear(spec.H + spec.task_inputs(), spec.H),
                                                      LayerNorm(LayerNormOptions({spec.H})), ReLU()));
  recurrent_ = cognitive->register_module("rnn", Recurrent(spec));
  if (spec.attention != Attention::none) gate_ = register_module("attention", Gate(spec));

  int in = spec.H;
  for (int units : spec.classifier_layers) {
    classifier_->push_back(Linear(in, units));
    classifier_->push_back(ReLU());
    in = units;
  }
  classifier_->push_back(Linear(in, spec.outputs()));
  if (spec.classifier_layers.empty())
    register_module("classifier", classifier_->ptr<LinearImpl>(0));
  else
    register_module("classifier", classifier_);
}

Activity ModelImpl::forward(const torch::Tensor& features, const torch::Tensor& task,
                            const DropoutMasks& masks) {
  Activity out;
  out.e = reduce_(features);
  auto attended = out.e;
  if (gate_) {
    out.gates = gate_(out.e, task, to_tensors(masks.gate, out.e));
    attended = out.gates * out.e;
  }
  const auto input = torch::cat({attended, task.unsqueeze(1).expand({-1, attended.size(1), -1})}, -1);
  out.hidden = recurrent_(pre_->forward(input), to_tensors(masks.layers, out.e));
  out.logits = classifier_->forward(out.hidden);
  return out;
}

torch::Tensor task_vectors(const Batch& batch, int levels, const torch::TensorOptions& options) {
  auto task = torch::zeros({batch.B, kProperties + levels}, torch::kFloat);
  for (int b = 0; b < batch.B; ++b)
    std::ranges::copy(task_vector(static_cast<Property>(batch.feature[b]), batch.n[b], levels),
                      task[b].data_ptr<float>());
  return task.to(options);
}

}  // namespace tsd::nback
