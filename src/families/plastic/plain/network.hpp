// The networks of plastic.md 3.4 as plain tensor operations under autograd, layer by layer.
#pragma once

#include <vector>

#include "families/plastic/model/network.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::plastic {

struct TorchParameters {
  torch::Tensor w_final, b_final;
  std::vector<torch::Tensor> lambda, weight, bias, eta, recurrent, recurrent_bias;
  std::vector<std::vector<torch::Tensor>> own;
};

// Views into one flat tensor, so that a gradient of it is a gradient of all.
TorchParameters views(const Layout& layout, const torch::Tensor& flat);

struct TorchActivity {
  torch::Tensor logits;              // [B, frame]
  std::vector<torch::Tensor> h;      // per layer: [B, frame, n]
  std::vector<torch::Tensor> P_end;  // per plastic layer: [B, n, m], after the last frame
};

TorchActivity run(const ModelSpec& network, const TorchParameters& parameters,
                  const torch::Tensor& frames);  // [B, N, d]

}  // namespace tsd::plastic
