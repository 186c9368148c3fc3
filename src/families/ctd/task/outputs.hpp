// The datasets of results.h5 and recording.h5 that this family documents.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_task {

const std::vector<Output>& outputs();
const std::vector<Output>& recording_outputs();
Meaning meaning_of(const std::string& path);  // as in outputs()

}  // namespace tsd::ctd_task
