// What a network does while it works: activity, plastic matrices and effective weights (plastic.md 7.4).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::plastic {

Analysis states();

}  // namespace tsd::plastic
