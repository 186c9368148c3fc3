// A model that runs through the trials of its task, behind a line: plain LibTorch (any device, the oracle) or
// kernels on plain memory.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/ctd/task/data/dataset.hpp"
#include "families/ctd/task/model/model.hpp"
#include "families/ctd/task/model/noise.hpp"

namespace tsd::ctd_task {

struct Batch {
  const Dataset* data = nullptr;
  std::span<const std::int64_t> trials;
  bool noiseless_inputs = false;  // true_inputs of the data set instead of inputs
  int position_steps = 0;         // of the position loss (curriculum_steps); closed loop only

  std::int64_t size() const { return static_cast<std::int64_t>(trials.size()); }
};

// Terms of the loss, weighted (ctd_task.md 4.2).
struct Loss {
  double task = 0;    // squared error of outputs or of the hand
  double effort = 0;  // of the muscles
  double latent = 0;  // of the latent trajectory, from task and model

  double total() const { return task + effort + latent; }
};

// What a roll-out leaves, [trial, T, width] each.
struct Rollout {
  std::vector<float> actions;       // outputs of the network
  std::vector<float> latents;       // returned states
  std::vector<float> controlled;    // outputs, or the hand's position after the step
  std::vector<float> observations;  // made after the step; closed loop only
  std::vector<float> joints;        // angles and velocities after the step; closed loop only
  bool controlled_only = false;     // leave the others empty, and what comes after a trial's end 0
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Without gradient; fills `rollout` where there is one.
  virtual Loss run(std::span<const float> parameters, const Batch& batch, const Noise& noise,
                   Rollout* rollout) = 0;
  // And the gradient of the total.
  virtual Loss gradient(std::span<const float> parameters, const Batch& batch, const Noise& noise,
                        std::span<float> gradient) = 0;
};

std::unique_ptr<Backend> torch_backend(const ModelSpec& spec, const Task& task, const std::string& device);
// threads: of one call; they don't change a bit.
std::unique_ptr<Backend> native_backend(const ModelSpec& spec, const Task& task, int threads);

// Parts of the loss that both backends share.
struct LossScales {
  LossScales(const ModelSpec& spec, const Task& task, std::int64_t batch_size, int position_steps);

  double task = 0;           // of a weighted squared error
  double effort = 0;         // of a squared action
  double latent_square = 0;  // of a squared latent within its trial
  double latent_norm = 0;    // of the norm of a trial's latents
  int position_steps = 0;
};

double dynamic_noise_of(const Task& task);

}  // namespace tsd::ctd_task
