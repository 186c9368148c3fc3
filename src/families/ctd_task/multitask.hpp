// Fifteen cognitive tasks (Yang et al. 2019, doi:10.1038/s41593-018-0310-2; Driscoll et al. 2022), as in
// ctd_task.md 2.3.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "families/ctd_task/trial.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::ctd_task {

// In the order of their flags, which are input channels 5 to 19.
const std::vector<std::string>& multitask_names();

struct MultiTask {
  std::vector<std::string> task_list = multitask_names();
  int bin_size = 20;  // ms
  int n_timesteps = 320, num_targets = 32;
  double noise = 0.3, dynamic_noise = 0, latent_l2_wt = 0;

  TaskShape shape() const;
  std::int64_t longest_trial() const;  // steps that a trial of the task_list may have
};

// n_samples of each task, task by task; `cond` is the place in task_list, `extra` the response onset R and
// the trial length L.
void generate(const MultiTask& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink);

// 1 before the response, 5 from five steps into it to the end of the trial, else 0; [T, 3].
std::vector<std::uint8_t> loss_weights(const MultiTask& task, std::span<const double> extra);

}  // namespace tsd::ctd_task
