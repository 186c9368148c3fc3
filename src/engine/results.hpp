// results.h5: the engine's attributes and provenance, then what the experiment found.
#pragma once
#include <filesystem>

#include "tsd/engine/config.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd {

struct ResultFacts {
  std::string device, libtorch;
  int threads = 1;
};

void write_results(const std::filesystem::path& file, const RunConfig& config, const ResultFacts& facts,
                   Experiment& experiment);

}  // namespace tsd
