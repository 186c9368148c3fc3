// Data-trained models, sequential auto-encoders and LFADS: the second half of the
// Computation-through-Dynamics Benchmark (Versteeg et al. 2025). Equations: ctd_data.md.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_data {
Family family();
}
