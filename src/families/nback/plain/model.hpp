// The trainable part of the N-back model as LibTorch modules: the readable form, and the oracle of the native
// kernel.
//   e_t = W_r a_t + b_r                           a_t: pooled backbone features of the image shown at step t
//   ê_t = g_t * e_t                               with attention; else ê_t = e_t
//   z_t = ReLU(LayerNorm(W_p [ê_t; task] + b_p))
//   h_t = cell(z_t, h_{t-1}),  h_{-1} = 0         rnn, gru or lstm, stacked
//   logits_t = W_c h_t + b_c
// Lei, Ito & Bashivan 2024, arXiv:2411.02685; nback.md 3. B batch, L steps, the other letters as in
// ModelSpec.
#pragma once
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "families/nback/model/backend.hpp"
#include "families/nback/model/dropout.hpp"

namespace tsd::nback {

// The 1x1 convolution after the backbone. It commutes with the average pooling, so here it acts on pooled
// features.
class ReduceImpl : public torch::nn::Module {
 public:
  explicit ReduceImpl(const ModelSpec& spec);
  torch::Tensor forward(const torch::Tensor& features);  // [B, L, F] -> [B, L, H]

 private:
  torch::Tensor weight_, bias_;  // [H, F, 1, 1], [H]
};
TORCH_MODULE(Reduce);

// Gates of task-guided attention: a function of the task alone, or of task and features (nback.md 3.4).
class GateImpl : public torch::nn::Module {
 public:
  explicit GateImpl(const ModelSpec& spec);
  // e [B, L, H], task [B, 6], masks [B, L, D] each or none -> [B, L, H] in (0, 1)
  torch::Tensor forward(const torch::Tensor& e, const torch::Tensor& task,
                        const std::vector<torch::Tensor>& masks);

 private:
  torch::Tensor network(torch::Tensor x, const std::vector<torch::Tensor>& masks);

  torch::Tensor task_bias_;                             // [6, H], task_only
  torch::nn::Linear task_{nullptr}, feature_{nullptr};  // dual
  std::vector<torch::nn::Linear> layers_;
};
TORCH_MODULE(Gate);

// Stacked recurrent layers with parameters named as torch.nn.GRU's, and dropout masks that come from outside.
class RecurrentImpl : public torch::nn::Module {
 public:
  explicit RecurrentImpl(const ModelSpec& spec);
  // [B, L, H] and masks [B, L, H] between layers, or none -> [B, L, H]
  torch::Tensor forward(torch::Tensor z, const std::vector<torch::Tensor>& masks);

 private:
  Cell cell_;
  int H_;
  std::vector<std::vector<torch::Tensor>> layers_;  // W_ih, W_hh, b_ih, b_hh
};
TORCH_MODULE(Recurrent);

struct Activity {
  torch::Tensor e, gates, hidden, logits;  // [B, L, H] x 3, [B, L, 3]; gates undefined without attention
};

class ModelImpl : public torch::nn::Module {
 public:
  // Weights are not drawn here: see initial_weights().
  explicit ModelImpl(const ModelSpec& spec);
  // features [B, L, F], task [B, inputs]; masks: none in eval mode.
  Activity forward(const torch::Tensor& features, const torch::Tensor& task, const DropoutMasks& masks = {});

 private:
  Reduce reduce_{nullptr};
  Gate gate_{nullptr};
  torch::nn::Sequential pre_;
  Recurrent recurrent_{nullptr};
  torch::nn::Sequential classifier_;
};
TORCH_MODULE(Model);

// task_vector() of each sequence: [B, 3 + levels].
torch::Tensor task_vectors(const Batch& batch, int levels, const torch::TensorOptions& options);

}  // namespace tsd::nback
