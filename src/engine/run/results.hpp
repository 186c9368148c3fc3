// The HDF5 files of a run: the engine's attributes and provenance, then what was found.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tsd/engine/config/config.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/run/run_directory.hpp"

namespace tsd {

struct ResultFacts {
  std::string device, libtorch;
  int threads = 1;
  std::vector<Input> inputs;
  // All datasets lie at the root, for programs that take every member of it for one: no group of the
  // engine's.
  bool flat = false;
  std::optional<Parent> parent = std::nullopt;
};

// filetype: "tsd-results" or "tsd-analysis".
void write_results(const std::filesystem::path& file, const std::string& filetype, const RunConfig& config,
                   const ResultFacts& facts, const std::function<void(Hdf5Writer&)>& content);

}  // namespace tsd
