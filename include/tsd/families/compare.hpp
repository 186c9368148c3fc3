// Do models fitted to recordings have the rates, the latent states, the inputs and the dynamics of the
// network that the recordings came from? The second half of the Computation-through-Dynamics Benchmark
// (Versteeg et al. 2025) with dynamical similarity analysis (Ostrow et al. 2023, arXiv:2306.10168).
// compare.md.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::compare {
Family family();
}
