#include "families/nback/data/features/backbone_weights.hpp"

#include <cstdlib>

#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

const char* variable(Arch arch) { return arch == Arch::resnet50 ? "TSD_RESNET50" : "TSD_MOBILENET_V2"; }

// The file a variable names must be there; the cache may be empty.
std::optional<fs::path> installed(Arch arch) {
  if (const std::string named = environment(variable(arch)); !named.empty()) {
    if (!fs::exists(named)) throw MissingInput(named + ": no such file (named by " + variable(arch) + ")");
    return named;
  }
  const fs::path cached = cache_directory() / (arch_name(arch) + ".safetensors");
  if (fs::exists(cached)) return cached;
  return std::nullopt;
}

Arch arch_of_file(const fs::path& file) {
  for (Arch arch : {Arch::resnet50, Arch::mobilenet_v2})
    if (file.filename().string().find(arch_name(arch)) != std::string::npos) return arch;
  throw ConfigError("backbone.arch: cannot be told from the file name " + file.filename().string() +
                    "; expected resnet50, mobilenet_v2 or torchscript, got auto");
}

BackboneWeights find_weights(const BackboneConfig& config) {
  if (config.weights == "random")
    return {config.arch == Arch::automatic ? Arch::resnet50 : config.arch, std::nullopt, "random"};
  if (config.weights != "auto") {
    if (!fs::exists(config.weights)) throw MissingInput(config.weights + ": no such file (backbone.weights)");
    return {config.arch == Arch::automatic ? arch_of_file(config.weights) : config.arch, config.weights, ""};
  }
  for (Arch arch : {Arch::resnet50, Arch::mobilenet_v2}) {
    if (config.arch != Arch::automatic && config.arch != arch) continue;
    if (auto file = installed(arch)) return {arch, std::move(file), ""};
  }
  const std::string wanted = arch_name(config.arch == Arch::automatic ? Arch::mobilenet_v2 : config.arch);
  throw MissingInput("no weights for the backbone (" + arch_name(config.arch) +
                     "); run scripts/fetch_weights " + wanted +
                     ", or set backbone.weights to a safetensors file with torchvision's names");
}

constexpr std::size_t kShortDigest = 12;

}  // namespace

std::string arch_name(Arch arch) {
  switch (arch) {
    case Arch::resnet50:
      return "resnet50";
    case Arch::mobilenet_v2:
      return "mobilenet_v2";
    case Arch::torchscript:
      return "torchscript";
    case Arch::automatic:
      break;
  }
  return "auto";
}

fs::path cache_directory() {
  if (const auto own = environment("TSD_CACHE"); !own.empty()) return own;
  if (const auto xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) return fs::path(xdg) / "tsd";
  if (const auto home = environment("HOME"); !home.empty()) return fs::path(home) / ".cache" / "tsd";
  throw MissingInput("no cache directory; expected TSD_CACHE, XDG_CACHE_HOME or HOME to be set");
}

BackboneWeights locate_weights(const BackboneConfig& config) {
  BackboneWeights found = find_weights(config);
  std::string shown = found.label;
  if (found.file) {
    const std::string digest = sha256_of_file(*found.file);
    found.label = found.file->filename().string() + " sha256:" + digest;
    shown = found.file->string() + " (sha256 " + digest.substr(0, kShortDigest) + ")";
  }
  log_info("backbone " + arch_name(found.arch) + ", weights " + shown);
  return found;
}

}  // namespace tsd::nback
