// Kinds of layers as plain tensor operations under autograd: one function each, in plain/cells/.
#pragma once

#include <vector>

#include "families/plastic/model/network.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::plastic {

struct LayerParameters {
  torch::Tensor W, b, eta, lambda, R, R_bias;  // undefined where a layer has none
  std::vector<torch::Tensor> own;              // in the order of own_parameters()
};

struct LayerActivity {
  torch::Tensor h;      // [B, N, n]
  torch::Tensor P_end;  // [B, n, m] after the last frame; undefined in a layer without a plastic matrix
};

// u: [B, N, m].
using Cell = LayerActivity (*)(const Layer& layer, const LayerParameters& p, const torch::Tensor& u);

LayerActivity static_layer(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity plastic_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity tanh_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity lstm_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity trace_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity modulated_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity retroactive_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity fast_weights_cell(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity linear_attention(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity delta_rule(const Layer&, const LayerParameters&, const torch::Tensor&);
LayerActivity attention_block(const Layer&, const LayerParameters&, const torch::Tensor&);

Cell cell_of(Memory memory);

// What they share.

inline torch::Tensor phi_of(const Layer& layer, const torch::Tensor& a) {
  return layer.phi == Phi::tanh ? torch::tanh(a) : torch::sigmoid(a);
}

// W u + b of all frames: [B, N, rows].
inline torch::Tensor driven(const LayerParameters& p, const torch::Tensor& u) {
  return torch::matmul(u, p.W.t()) + p.b.view({-1});
}

// M v of a matrix of every sequence: [B, n, m] and [B, m] to [B, n].
inline torch::Tensor times(const torch::Tensor& M, const torch::Tensor& v) {
  return torch::matmul(M, v.unsqueeze(2)).squeeze(2);
}

// v w': [B, n] and [B, m] to [B, n, m].
inline torch::Tensor pairs_of(const torch::Tensor& v, const torch::Tensor& w) {
  return v.unsqueeze(2) * w.unsqueeze(1);
}

// step(t) is the activity [B, n] of frame t.
template <class Step>
torch::Tensor over_frames(std::int64_t N, const Step& step) {
  std::vector<torch::Tensor> h;
  for (std::int64_t t = 0; t < N; ++t) h.push_back(step(t));
  return torch::stack(h, 1);
}

}  // namespace tsd::plastic
