#pragma once
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::layered {

// Every dataset of results.h5.
const std::vector<Output>& outputs();
Meaning meaning_of(const std::string& path);

}  // namespace tsd::layered
