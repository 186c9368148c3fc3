// What a config says in vain.
#pragma once
#include <string>
#include <vector>

#include "families/microcircuit/config.hpp"

namespace tsd::microcircuit {

std::vector<std::string> without_effect(const Config& config);

}  // namespace tsd::microcircuit
