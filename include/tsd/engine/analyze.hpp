// A family's analyses of its finished runs.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd {

// The family of the run in `directory`; MissingInput where there is no run.
const Family& family_of_run(const std::filesystem::path& directory, std::span<const Family> families);

// Rebuilds the experiment from the run's config and last checkpoint, lets the analysis look at it, and
// returns the file it left: in the run's directory or, where `out` is given, in that run's place below `out`;
// nothing is then written to the run's directory, which may be read-only. `overrides`, key.path=value, set
// keys of the config for the analysis alone, of those that it or the ones beside it read. MissingInput where
// the run is not done or its checkpoint is gone.
std::filesystem::path analyze_run(const std::filesystem::path& directory, const Analysis& analysis,
                                  std::span<const Family> families, const Accelerator& accelerator,
                                  const std::vector<std::string>& overrides = {},
                                  const std::filesystem::path& out = {},
                                  const std::vector<std::string>& beside = {});

}  // namespace tsd
