// How well the task is done, beside the loss (ctd_task.md 4.7, Q15).
#pragma once
#include <vector>

#include "families/ctd/task/model/backend.hpp"
#include "tsd/train/history.hpp"

namespace tsd::ctd_task {

// Of a pass over all trials; those of other tasks stay 0.
struct Scores {
  double bit_accuracy = 0, r2 = 0;            // NBFF; threshold 0.5
  double success = 0, strict_success = 0;     // MultiTask: means over trials
  double endpoint_error = 0, hold_error = 0;  // RandomTarget, m
};

// Which task a column is of.
enum : unsigned { kNbff = 1, kMultiTask = 2, kReaches = 4 };
unsigned flags_of(const Task& task);

inline constexpr train::Column<Scores> kScores[] = {
    {"bit_accuracy", "", "fraction of right bits outside the mask", train::kept<0, &Scores::bit_accuracy>,
     train::Shown::everywhere, kNbff},
    {"r2", "", "explained variance of the outputs", train::kept<1, &Scores::r2>, train::Shown::everywhere,
     kNbff},
    {"success", "", "fraction of successful trials, as the reference counts",
     train::kept<0, &Scores::success>, train::Shown::everywhere, kMultiTask},
    {"strict_success", "", "the same with a radius: above 0.3 where an answer is asked, below where not",
     train::kept<1, &Scores::strict_success>, train::Shown::everywhere, kMultiTask},
    {"endpoint_error", "m",
     "distance to the goal at the end, of trials with the cue 80 steps before or earlier",
     train::kept<0, &Scores::endpoint_error>, train::Shown::everywhere, kReaches},
    {"hold_error", "m", "mean distance to the start before the cue", train::kept<1, &Scores::hold_error>,
     train::Shown::everywhere, kReaches},
};

Scores scores(const Task& task, const Dataset& data, const Rollout& rollout);

// MultiTask: fraction of successful trials of each condition; conditions = 0: of all trials as one.
struct Success {
  std::vector<double> reference, strict;  // by condition; NaN where there is no trial
};
Success success(const Dataset& data, const Rollout& rollout, std::size_t conditions);

}  // namespace tsd::ctd_task
