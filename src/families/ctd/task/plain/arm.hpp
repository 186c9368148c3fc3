// The arm of ctd_task.md 2.5 and Appendix B as tensor operations, [trial, variable].
#pragma once

#include "families/ctd/shared/arm/arm.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::ctd_task {

struct TorchArm {
  torch::Tensor q, v;               // [B, 2]
  torch::Tensor activation, force;  // [B, 6]
  torch::Tensor length, velocity;   // [B, 6], normalised
  torch::Tensor active;             // [B, 6]; compliant tendons only
  torch::Tensor hand;               // [B, 2]
};

// joints [B, 4]; muscles with the least activation
TorchArm arm_at(const ctd::ArmModel& model, const torch::Tensor& joints);
// command [B, 6] with noise, before it is cut; force [B, 2]
TorchArm arm_after(const ctd::ArmModel& model, const TorchArm& arm, const torch::Tensor& command,
                   const torch::Tensor& force);

}  // namespace tsd::ctd_task
