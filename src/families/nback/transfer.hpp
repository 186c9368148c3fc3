// Weights of one run as the beginning of another (nback.md 4.5).
#pragma once
#include <filesystem>

#include "tsd/io/array.hpp"

namespace tsd::nback {

// `fresh` with every array that the best weights of the finished run in `directory` (the last ones where no
// epoch was best) have too replaced by theirs, but for the classifier. Arrays of the run that are of another
// shape are a DataError that names them: the models must be alike.
Arrays started_from(const std::filesystem::path& directory, Arrays fresh);

}  // namespace tsd::nback
