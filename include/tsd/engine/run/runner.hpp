// Drives experiments from where they stand to their ends: lock, status, steps, checkpoints, metrics, results.
#pragma once
#include <exception>
#include <vector>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/run/request.hpp"

namespace tsd {

// The result is `done` or `stopped`; whatever else happens is thrown, after status.json says so.
RunResult run_one(const RunRequest& request, const Accelerator& accelerator);

// What run_one() returns or throws.
struct RunOutcome {
  RunResult result;
  std::exception_ptr error;
};

// Runs of one family, which take their steps together (Family::step_together). The steps are those of whoever
// is furthest behind, so that runs which begin at different steps catch up. One that ends or fails leaves the
// others alone; errors are logged when they happen.
std::vector<RunOutcome> run_together(const std::vector<const RunRequest*>& requests, int threads,
                                     const Accelerator& accelerator);

}  // namespace tsd
