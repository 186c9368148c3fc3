// How close the microcircuit's forward updates come to those of backprop (microcircuit.md 7.4).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

Analysis updates_bp();

}  // namespace tsd::microcircuit
