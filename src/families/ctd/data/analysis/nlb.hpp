// Predictions in the submission layout of the Neural Latents Benchmark, their scores, and those of baselines
// (ctd_data.md 6.4).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_data {

Analysis nlb();

}  // namespace tsd::ctd_data
