// What a layer keeps from step to step, and what it does in one, as tensor operations (layered.md 2).
#pragma once

#include "families/layered/model/spec.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::layered {

struct LayerState {
  torch::Tensor W, b;          // none in a pool
  torch::Tensor B, D;          // where the rule has them
  torch::Tensor W_low, b_low;  // filtered updates; PAL with tau_LO
  torch::Tensor u, r, slope;   // look-ahead voltage, rate, phi'(u)
  torch::Tensor e;             // error
  torch::Tensor xi, seen;      // noise: its own, and as the layer above sees it in its rate
  torch::Tensor h;             // high-passed rate; PAL, not of a pool
  torch::Tensor chosen;        // of a pool: index of the maximum, in its plane
};

torch::Tensor value(Activation phi, const torch::Tensor& u);
torch::Tensor derivative(Activation phi, const torch::Tensor& u, const torch::Tensor& r);

// r W + b.
torch::Tensor basal(const Layer& layer, const LayerState& state, const torch::Tensor& below);
// e M, with M the backward weights, in the shape of the layer below.
torch::Tensor backwards(const Layer& layer, const LayerState& state, const torch::Tensor& e);
// sum = keep sum + share below' e, over samples; of a convolution over positions, too.
void add_weight_gradient(const Layer& layer, const torch::Tensor& below, const torch::Tensor& e, double keep,
                         double share, torch::Tensor& sum);
// Mean over samples, and over positions.
torch::Tensor bias_gradient(const torch::Tensor& e);
// sum = keep sum + share h' xi, in the shape of B.
void add_backward_gradient(const Layer& layer, const torch::Tensor& h, const torch::Tensor& xi, double keep,
                           double share, torch::Tensor& sum);

// Where `chosen` says, of the planes of the layer below; and back, zeros elsewhere.
torch::Tensor gathered(const torch::Tensor& planes, const torch::Tensor& chosen);
torch::Tensor scattered(const torch::Tensor& pooled, const torch::Tensor& chosen, const Extent& below);

}  // namespace tsd::layered
