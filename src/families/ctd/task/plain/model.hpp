// Models, arm and losses as plain tensor operations under autograd, step by step (ctd_task.md 2.5, 3, 4).
#pragma once

#include <map>
#include <string>

#include "families/ctd/task/model/backend.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::ctd_task {

// Views into one flat tensor, so that a gradient of it is a gradient of all.
std::map<std::string, torch::Tensor> views(const Layout& layout, const torch::Tensor& flat);

struct TorchCourse {
  torch::Tensor actions, latents, controlled;  // [B, T, .]
  torch::Tensor observations, joints;          // closed loop only
};

TorchCourse run(const ModelSpec& spec, const Task& task, const Layout& layout, const torch::Tensor& flat,
                const Batch& batch, const Noise& noise);

struct TorchLoss {
  torch::Tensor task, effort, latent, total;
};
TorchLoss loss_of(const ModelSpec& spec, const Task& task, const Batch& batch, const TorchCourse& course);

}  // namespace tsd::ctd_task
