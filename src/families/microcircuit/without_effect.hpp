// What a config says in vain. Told, not refused: the original's files give every key, used or not.
#pragma once
#include <vector>

#include "families/microcircuit/config.hpp"
#include "tsd/engine/schema/key_use.hpp"

namespace tsd::microcircuit {

std::vector<UnusedKey> without_effect(const Config& config);

}  // namespace tsd::microcircuit
