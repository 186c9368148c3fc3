// The six models (ctd-task.md 3) and their parameters: one flat array, cut into named tensors.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/io/array.hpp"

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
};

struct Slot {
  std::string name;  // PyTorch's
  std::size_t offset = 0;
  Shape shape;
  std::size_t size() const { return static_cast<std::size_t>(count(shape)); }
};

class Layout {
 public:
  explicit Layout(const ModelSpec& spec);
  const Slot& operator[](std::string_view name) const;
  const std::vector<Slot>& slots() const { return slots_; }
  std::size_t size() const { return size_; }

 private:
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

// As PyTorch's layers draw them: recurrent part first, then readout.
std::vector<float> initial_parameters(const ModelSpec& spec, const Layout& layout, TorchGenerator& generator);

// As named arrays, and back; DataError naming `source`, the array, expected and got.
Arrays to_arrays(const Layout& layout, std::span<const float> parameters);
std::vector<float> from_arrays(const Layout& layout, const Arrays& arrays, const std::string& source);

}  // namespace tsd::ctd_task
