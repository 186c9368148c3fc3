// The six models (ctd_task.md 3) and their parameters: one flat array, cut into named tensors.
#pragma once
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/nn/layout.hpp"

namespace tsd::ctd_task {

enum class ModelType { GRU_RNN, NoisyGRU, NoisyGRULatentL2, Vanilla_RNN, DriscollRNN, NODE };

struct ModelSpec {
  ModelType type = ModelType::NoisyGRU;
  int H = 64, I = 3, O = 3;  // latent units, inputs, outputs
  double noise_level = 0.01, latent_ic_std = 0.05, l2_wt = 1e-6;
  double gamma = 0.2;
  bool standard_leak = false;
  int hidden = 128, num_layers = 3;  // of NODE

  bool is_gru() const { return type <= ModelType::NoisyGRULatentL2; }
  bool has_initial_state() const { return is_gru() || type == ModelType::NODE; }
  bool has_latent_l2() const { return type == ModelType::NoisyGRULatentL2; }
  double latent_noise() const {  // added to the state after each step
    return type == ModelType::NoisyGRU || type == ModelType::NoisyGRULatentL2 ? noise_level : 0;
  }
  double projection_noise() const {  // added to the input's projection
    return type == ModelType::DriscollRNN ? noise_level : 0;
  }
};

using nn::Slot;

class Layout : public nn::Layout {
 public:
  explicit Layout(const ModelSpec& spec);
};

// As PyTorch's layers draw them: recurrent part first, then readout.
std::vector<float> initial_parameters(const ModelSpec& spec, const Layout& layout, TorchGenerator& generator);

}  // namespace tsd::ctd_task
