// Static weights, learning rates and readout of every stage's model, with their singular values (plastic.md
// 7.1, 7.3).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::plastic {

Analysis matrices();

}  // namespace tsd::plastic
