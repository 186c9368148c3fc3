// The datasets of results.h5 that this family documents.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::compare {

const std::vector<Output>& outputs();
Meaning meaning_of(const std::string& path);  // as in outputs()

}  // namespace tsd::compare
