// The models as plain tensor operations under autograd, step by step (ctd_data.md 3). Tensors are
// time-major, [T, B, .].
#pragma once

#include <map>
#include <string>

#include "families/ctd/data/model/backend.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::ctd_data {

using TorchParameters = std::map<std::string, torch::Tensor>;

// What a pass leaves; undefined where the model has none.
struct TorchCourse {
  torch::Tensor outputs;  // [T, B, N_all * outputs per neuron]
  torch::Tensor latents, factors, generator_inputs;
  torch::Tensor ic_mean, ic_std;  // [B, ic_dim]
  torch::Tensor co_mean, co_std;
  torch::Tensor kl_ic, kl_co;  // scalars
};

struct TorchInput {
  torch::Tensor encod, recon, inputs, weight, gradient, held_out;
};

TorchCourse run_sae(const ModelSpec& spec, const TorchParameters& p, const TorchInput& input,
                    const Pass& pass);
TorchCourse run_lfads(const ModelSpec& spec, const TorchParameters& p, const TorchInput& input,
                      const Pass& pass);

// Random numbers [B, n] of one step, on the device of `like`.
torch::Tensor noise_masks(const Pass& pass, NoiseKind kind, std::int64_t step, std::int64_t B, int n,
                          double p, const torch::Tensor& like);
torch::Tensor linear_of(const TorchParameters& p, const std::string& name, const torch::Tensor& x);

}  // namespace tsd::ctd_data
