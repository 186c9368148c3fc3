// Where the backbone's weights come from. Nothing ever falls back to random weights by itself.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "families/nback/data/features/backbone_config.hpp"

namespace tsd::nback {

struct BackboneWeights {
  Arch arch = Arch::resnet50;                 // never automatic
  std::optional<std::filesystem::path> file;  // none: random, drawn from the run's seed
  std::string label;                          // "mobilenet_v2.safetensors sha256:<64 digits>", or "random"
};

std::string arch_name(Arch arch);         // "resnet50"
std::filesystem::path cache_directory();  // $TSD_CACHE, else $XDG_CACHE_HOME/tsd, else ~/.cache/tsd

// Says in one line of the log which weights are used. MissingInput naming the command that fetches them where
// none are found. `weights: PATH` with `arch: auto` takes the architecture from the file name.
BackboneWeights locate_weights(const BackboneConfig& config);

}  // namespace tsd::nback
