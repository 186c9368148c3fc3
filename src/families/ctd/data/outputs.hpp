// The datasets of results.h5 that this family documents.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_data {

const std::vector<Output>& outputs();

}  // namespace tsd::ctd_data
