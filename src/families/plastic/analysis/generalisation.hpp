// How far beyond the trained repeat intervals a network reaches (plastic.md 7.2), and whether the mastered
// ones are confirmed on fresh scenes.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::plastic {

Analysis generalisation();

}  // namespace tsd::plastic
