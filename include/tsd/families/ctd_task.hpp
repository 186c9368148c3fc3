// Task-trained networks whose latent dynamics become recordings of simulated neurons: the first half of the
// Computation-through-Dynamics Benchmark (Versteeg et al. 2025). Equations: ctd_task.md.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_task {
Family family();
}
