// How well the task is done, beside the loss (ctd_task.md 4.7, Q15).
#pragma once
#include <string>
#include <vector>

#include "families/ctd_task/backend.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_task {

// Of a pass over all trials of `data`; the same names every time.
//   NBFF: bit_accuracy outside the mask (threshold 0.5), r2
//   MultiTask: success, strict_success (means over trials)
//   RandomTarget: endpoint_error at the last step of trials whose cue came 80 steps before or earlier,
//   hold_error before the cue, in m
std::vector<Metric> scores(const Task& task, const Dataset& data, const Rollout& rollout);

// MultiTask: fraction of successful trials of each condition; conditions = 0: of all trials as one.
struct Success {
  std::vector<double> reference, strict;  // by condition; NaN where there is no trial
};
Success success(const Dataset& data, const Rollout& rollout, std::size_t conditions);

}  // namespace tsd::ctd_task
