// N-bit flip-flop memory (Sussillo & Barak 2013, doi:10.1162/NECO_a_00409), as in ctd_task.md 2.2.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "families/ctd_task/trial.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::ctd_task {

struct Nbff {
  int n = 3, n_timesteps = 500, transition_blind = 4;
  double noise = 0.15, dynamic_noise = 0, switch_prob = 0.01;
  bool stim = false;  // one bit's input is raised in the middle half of each trial

  TaskShape shape() const;
};

void generate(const Nbff& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink);

// 1 where an error counts, 0 in the first five steps and after a change of the target; [T, n].
std::vector<std::uint8_t> loss_weights(const Nbff& task, std::span<const double> targets);

}  // namespace tsd::ctd_task
