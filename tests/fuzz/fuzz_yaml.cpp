// A config file, from its bytes to settings and back.
#include "engine/sample_family.hpp"
#include "fuzz/fuzz.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<tsd::Family> families = {sample::family()};
  const auto file = tsd::fuzz::file_with("config.yaml", data, size);
  tsd::fuzz::read_or_refused([&] {
    const tsd::ConfigFile config(file, families);
    if (config.is_sweep()) return;
    const auto run = config.resolve(std::nullopt, {});
    // What was understood reads back to the same run.
    const auto again = tsd::fuzz::file_with(
        "again.yaml", reinterpret_cast<const std::uint8_t*>(run.yaml.data()), run.yaml.size());
    if (tsd::ConfigFile(again, families).resolve(std::nullopt, {}).yaml != run.yaml) std::abort();
    tsd::flat_yaml(run.yaml);
  });
  return 0;
}
