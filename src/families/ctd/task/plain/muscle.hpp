// Muscles' curves as tensor operations; force over the strongest (ctd_task.md 2.5.4 and Appendix B).
#pragma once

#include "families/ctd/shared/arm/arm.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::ctd_task {

// Of rigid tendons: activation a, normalised length l and velocity v, [B, 6] each.
torch::Tensor tension(const ctd::ArmModel& arm, const torch::Tensor& a, const torch::Tensor& l,
                      const torch::Tensor& v);

// Of compliant tendons.
torch::Tensor fibre_velocity(const torch::Tensor& a, const torch::Tensor& l, const torch::Tensor& active);
torch::Tensor passive_force(const torch::Tensor& l);

}  // namespace tsd::ctd_task
