// What a run is going to hold, told before it begins: too much is refused, what is shipped is not.
#include "conformance/subject.hpp"
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;

std::vector<MemoryNeed> needs_of(const fs::path& config, const std::vector<std::string>& overrides) {
  const ConfigFile file(config, subject_families());
  const auto index = file.is_sweep() ? std::optional(file.indices().back()) : std::nullopt;
  return file.resolve(index, overrides).configuration->memory();
}

}  // namespace

TEST_CASE("memory: what no machine holds is refused by the key that asks for it", "[conformance]") {
  struct Case {
    std::string config;
    std::vector<std::string> overrides;
    std::string key;
  };
  const Case cases[] = {
      {"microcircuit.yaml", {"Tpres=1e9"}, "Tpres"},
      {"dual_stream.yaml", {"n_runs=1000", "epochs=1000000"}, "epochs"},
      {"dual_stream.yaml",
       {"slow_config.n_units=10000", "slow_config.networks_depth=3"},
       "slow_config.n_units"},
      {"stsf.yaml", {"hidden_size=16384", "num_layers=2"}, "hidden_size"},
      {"stsf.yaml", {"num_val=100000000", "sequence_length=40"}, "num_val"},
      {"stsf.yaml", {"num_train=1000000000", "cache_train_sequences=true"}, "num_train"},
  };
  for (const auto& [config, overrides, key] : cases) {
    CAPTURE(config, overrides);
    std::string message;
    try {
      require_memory(needs_of(TSD_SOURCE_DIR "/configs/" + config, overrides), 24e9);
    } catch (const OutOfMemory& error) {
      message = error.what();
    }
    CHECK(message.starts_with(key + ": too large for this machine"));
  }
}

TEST_CASE("memory: no shipped config is refused on a small machine", "[conformance]") {
  int checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(TSD_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    std::vector<MemoryNeed> needs;
    try {
      needs = needs_of(entry.path(), {});
    } catch (const ConfigError&) {
      continue;  // a part of others, or of files that come later
    }
    CHECK_NOTHROW(require_memory(needs, 2e9));
    ++checked;
  }
  CHECK(checked > 30);
}

}  // namespace tsd
