// Many runs of one family and process, some at a time: each in a thread of its own, or, where the family can,
// with their steps taken together. One that fails never stops the others, unless nothing can be written.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/run/runner.hpp"

namespace tsd {

struct ManyOptions {
  int jobs = 1;               // runs at a time
  int threads = 1;            // of all of them, where they take their steps together
  bool retry_failed = false;  // also those that failed or diverged before
};

// What is left of a run, by its status.json. ConfigError where its folder holds a run of other settings.
enum class Remaining {
  work,
  nothing,
  failure,  // it failed before, and is not tried again unasked
};
Remaining remaining(const RunRequest& request);

// One result per request, in order; those never begun (after a stop) have state `stopped`.
std::vector<RunResult> run_many(const std::vector<RunRequest>& requests, const ManyOptions& options,
                                const Accelerator& accelerator);

// 0 if all are done, else the code that asks for the strongest reaction (README.md, exit codes).
Exit worst(const std::vector<RunResult>& results);
std::string summary_table(const std::vector<RunResult>& results);

}  // namespace tsd
