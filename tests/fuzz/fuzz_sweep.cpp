// The block behind `sweep:`. Index and settings correspond one to one.
#include "engine/sample_family.hpp"
#include "fuzz/fuzz.hpp"
#include "tsd/engine/config/config.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<tsd::Family> families = {sample::family()};
  const std::string text =
      "family: sample\nepochs: 3\nsweep:\n" + std::string(reinterpret_cast<const char*>(data), size);
  const auto file =
      tsd::fuzz::file_with("config.yaml", reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  tsd::fuzz::read_or_refused([&] {
    const tsd::ConfigFile config(file, families);
    const auto indices = config.indices();
    if (indices.size() > 100) return;  // others are there, and take their time
    for (const auto index : indices) {
      if (config.index_of(config.settings(index)) != index) std::abort();
      config.resolve(index, {});
    }
  });
  return 0;
}
