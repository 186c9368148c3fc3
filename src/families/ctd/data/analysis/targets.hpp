// What predictions are scored against: spikes, behaviour, condition averages, in a file of nlb_tools, in one of
// lfads-torch, or beside the spikes that the model was trained on.
#pragma once
#include <string>
#include <vector>

#include "families/ctd/data/analysis/nlb_scores.hpp"
#include "families/ctd/data/data/recording.hpp"

namespace tsd::ctd_data {

struct Behavior {
  std::string name;
  Grid train, eval;
};

struct Targets {
  Grid heldout;  // counts of held-out neurons, encoded steps
  Grid forward;  // counts of all, later steps
  std::vector<Behavior> behaviors;
  TrialGroups train_groups, eval_groups;
  Grid psth;
  std::vector<std::vector<std::int64_t>> conditions;  // trials of each
  std::vector<std::int64_t> jitter;
};

// Sizes that the targets must have.
struct Predicted {
  Extents extents;
  std::int64_t train = 0, eval = 0;  // trials
};

// eval: the side of the recording that is scored, "valid" or "eval". What the file has none of is empty.
Targets read_targets(const Config& config, const std::string& eval, const Predicted& sizes);

}  // namespace tsd::ctd_data
