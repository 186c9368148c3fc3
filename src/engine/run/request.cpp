#include "tsd/engine/run/request.hpp"

namespace tsd {

std::filesystem::path run_directory(const std::filesystem::path& out, const RunConfig& config) {
  const auto base = out / config.name;
  return config.index ? base / std::to_string(*config.index) : base;
}

std::string run_label(const RunConfig& config) {
  return config.index ? config.name + "/" + std::to_string(*config.index) : config.name;
}

}  // namespace tsd
