// tsd sweep --engine slurm: what is unfinished of a config becomes tasks of an array job.
#pragma once
#include "cli/programs/batch_script.hpp"
#include "cli/runs/requests.hpp"

namespace tsd::cli {

struct Submission {
  RunChoice choice;
  std::int64_t pack = 1;
  Resources resources;
  std::vector<std::string> then;
  bool dry_run = false;
};

void declare_submission(CLI::App& command, Submission& submission);

void submit_runs(const Submission& submission, const Context& context);

}  // namespace tsd::cli
