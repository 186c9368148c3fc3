// One trial of a task as its generator makes it, in double precision (ctd_task.md 2.1).
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace tsd::ctd_task {

// First and last + 1 step of a phase; -1 where the task has none.
struct Phase {
  std::int32_t begin = -1, end = -1;
};
constexpr int kPhases = 6;  // context, stim1, mem1, stim2, mem2, response

struct Trial {
  std::vector<double> ics;            // [n_ic], of the environment
  std::vector<double> inputs;         // [T, I], with noise
  std::vector<double> true_inputs;    // [T, I]
  std::vector<double> targets;        // [T, O]
  std::vector<double> inputs_to_env;  // [T, K]
  std::vector<double> extra;          // [E]
  std::int64_t cond = 0;
  std::array<Phase, kPhases> phases{};
};

using TrialSink = std::function<void(std::int64_t index, const Trial&)>;

// Extents of a task's arrays.
struct TaskShape {
  int T = 0;              // steps
  int inputs = 0;         // I: channels computed beforehand
  int targets = 0;        // O: of the controlled variable
  int inputs_to_env = 0;  // K
  int ics = 0, extra = 0;
  int observations = 0;  // channels that the environment adds in front of the inputs; 0: open loop
  int actions = 0;       // outputs of the network

  bool closed_loop() const { return observations > 0; }
  int network_inputs() const { return observations + inputs; }
};

}  // namespace tsd::ctd_task
