// Layered networks that learn by local errors of one step's delay, with phaseless alignment learning beside
// backpropagation and feedback alignment. After github.com/kma-code/Phaseless-Alignment-Learning
// (generalized_latent_equilibrium); layered.md.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::layered {
Family family();
}
