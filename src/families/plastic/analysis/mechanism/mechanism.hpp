// How a network tells familiar scenes from novel ones (plastic.md 7.5).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::plastic {

Analysis mechanism();

}  // namespace tsd::plastic
