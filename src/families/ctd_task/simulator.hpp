// From latents to spikes of simulated neurons (ctd_task.md 2.7).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "families/ctd_task/config.hpp"

namespace tsd::ctd_task {

struct Recording {
  std::int64_t N = 0, T = 0;  // trials, steps
  int neurons = 0;
  std::vector<std::int64_t> unit;  // that each neuron reads
  std::vector<float> mean, std;    // of activity before it is standardised, [1] or [neurons]
  std::vector<float> rates;        // [N, T, neurons], expected counts per step
  std::vector<double> counts;      // [N, T, neurons]
};

// latents [N, T, H], trimmed already.
Recording simulate(const SimulatorSettings& settings, std::span<const float> latents, std::int64_t N,
                   std::int64_t T, int H);

// Steps of a trial that trimming leaves: Python's slice [a - 1 : b].
struct Trim {
  std::int64_t begin = 0, end = 0;
  int shift = 0;  // that the reference subtracts from timing columns, one too many

  std::int64_t steps() const { return end - begin; }
};
Trim trim_of(const SimulatorSettings& settings, std::int64_t T);

// Name of the file in the reference's scheme (ctd_task.md 6.1), e.g.
// heldin_50_heldout_10_obs_noise_pseudoPoisson_dispersion_1.0_seed_0.h5
std::string recording_name(const SimulatorSettings& settings);

}  // namespace tsd::ctd_task
