#include "families/ctd/task/model/backend.hpp"

#include <algorithm>
#include <cmath>

#include "families/ctd/shared/arm/arm.hpp"

namespace tsd::ctd_task {

using namespace ctd;

LossScales::LossScales(const ModelSpec& spec, const Task& task_settings, std::int64_t batch_size, int steps)
    : position_steps(steps) {
  const TaskShape s = shape_of(task_settings);
  const auto B = static_cast<double>(batch_size);
  if (std::holds_alternative<Nbff>(task_settings)) task = 1 / (B * s.T * s.targets);
  if (const auto* multi = std::get_if<MultiTask>(&task_settings)) {
    task = 1 / (B * s.targets);
    latent_square = multi->latent_l2_wt / (B * spec.H);
  }
  if (const auto* reach = std::get_if<RandomTarget>(&task_settings)) {
    task = steps > 0 ? reach->pos_weight / (B * steps * s.targets) : 0;  // no term without steps
    effort = reach->act_weight / (B * s.T * s.actions);
  }
  if (spec.has_latent_l2()) latent_norm = spec.l2_wt / B;
}

double dynamic_noise_of(const Task& task) {
  if (const auto* nbff = std::get_if<Nbff>(&task)) return nbff->dynamic_noise;
  if (const auto* multi = std::get_if<MultiTask>(&task)) return multi->dynamic_noise;
  return 0;
}

}  // namespace tsd::ctd_task
