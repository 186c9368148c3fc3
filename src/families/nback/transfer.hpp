// Weights of one run as the beginning of another (nback.md 4.5).
#pragma once
#include <filesystem>

#include "families/nback/backbone_config.hpp"
#include "tsd/io/array.hpp"

namespace tsd::nback {

// `fresh` with every array that the best weights of the finished run in `directory` (the last ones where no
// epoch was best) have too replaced by theirs, but for the classifier. Arrays of the run that are of another
// shape are a DataError that names them: the models must be alike.
// So is a run whose features were standardised in another way.
Arrays started_from(const std::filesystem::path& directory, Standardize standardize, Arrays fresh);

}  // namespace tsd::nback
