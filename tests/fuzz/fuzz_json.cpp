// Settings of the original microcircuits, params.json.
#include "families/microcircuit/config.hpp"
#include "fuzz/fuzz.hpp"
#include "tsd/engine/config/config.hpp"

namespace {

struct Settings final : tsd::Configuration {
  void describe(tsd::Schema& schema) override { tsd::microcircuit::describe(schema, config); }
  void check(tsd::Problems& problems) const override { tsd::microcircuit::check(config, problems); }
  std::unique_ptr<tsd::Experiment> build(const tsd::RunContext&) const override { return nullptr; }
  tsd::microcircuit::Config config;
};

tsd::Family family() {
  tsd::Family f;
  f.name = "microcircuit", f.command = "train-microcircuit", f.title = "settings only";
  f.recognise = tsd::microcircuit::recognise;
  f.make = [] { return std::make_unique<Settings>(); };
  return f;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<tsd::Family> families = {family()};
  const auto file = tsd::fuzz::file_with("params.json", data, size);
  tsd::fuzz::read_or_refused([&] {
    const tsd::ConfigFile config(file, families);
    if (!config.is_sweep()) config.resolve(std::nullopt, {});
  });
  return 0;
}
