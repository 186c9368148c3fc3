// SLURM, through its own commands.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/programs/batch_script.hpp"

namespace tsd::cli {

// A task of mine that is not at its end, and was submitted by `tsd sweep`.
struct QueuedTask {
  std::string job;  // of the array
  std::int64_t task = 0;
  std::string state;  // "RUNNING", "PENDING (Resources)"
  Packs packs;

  std::string name() const { return packs.sweep ? job + "_" + std::to_string(task) : job; }
};

struct Queue {
  std::vector<QueuedTask> tasks;
  std::vector<std::filesystem::path> followed;  // places whose tasks another job waits for
};

// Empty where there is no squeue. UserError (stopped) with its words where it fails: a busy controller answers later.
Queue read_queue();

void require_sbatch();  // MissingInput

// The number of the job. UsageError with SLURM's words where it refuses. What sbatch's own variables say comes before
// what the script says: so `resources` stand on its command line, too.
std::string submit(const std::filesystem::path& script, const Resources& resources,
                   const std::vector<std::string>& after = {});

}  // namespace tsd::cli
