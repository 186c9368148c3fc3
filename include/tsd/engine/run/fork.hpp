// A run that begins with the whole state of another one: weights, moments, generators, position, history. Its
// settings may differ in what Field::may_change() allows. Without a difference it goes on as the other run
// would.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tsd/engine/run/checkpoint.hpp"
#include "tsd/engine/run/request.hpp"

namespace tsd {

struct Fork {
  Parent parent;
  Checkpoint checkpoint;
  bool has_ended = false;                           // the parent, with its results
  std::int64_t total = 0;                           // steps that it was to do
  std::vector<std::pair<std::string, double>> row;  // its last one; empty where it has gone on since
};

// Reads the state and compares the settings. `inputs` are those of the new run, digested. Errors name run and
// keys: MissingInput, DataError, ConfigError for another family and for keys that a fork may not change.
Fork read_fork(const ForkPoint& from, const RunConfig& config, const std::vector<Input>& inputs);

// Gives the state to an experiment that was built with the new settings. ConfigError where nothing is left to
// do for these: they end before that state, or would change nothing after it. A run that was stopped may be
// made to end where it stands.
void take_over(const Fork& fork, Experiment& experiment);

// "RUN" or "RUN@checkpoint".
ForkPoint fork_point(const std::string& text);

// The best weights and snapshots that the parent had at that step, as those of the new run.
void copy_weights(const Fork& fork, const std::string& family, Checkpoints& checkpoints);

// Refuses a folder whose run did not begin there, or began elsewhere.
void refuse_other_parent(const std::string& run, const std::optional<Parent>& before,
                         const std::optional<ForkPoint>& from);

std::string text_of(const Parent& parent);  // "DIR@last, step 40 (lr: 0.1 there, 0.2 here)"

}  // namespace tsd
