// `seed` means the same everywhere: of no config do two seeds give one run, also where it fixes its streams'.
#include <map>
#include <set>

#include "conformance/subject.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;

const fs::path kConfigs = TSD_SOURCE_DIR "/configs";

RunConfig resolved(const ConfigFile& file, std::vector<std::string> overrides) {
  return file.resolve(file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt, overrides);
}

}  // namespace

TEST_CASE("seeds: every config's own seeds are drawn anew where `seed` is given", "[conformance]") {
  int with_own = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kConfigs)) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    const std::string drawing =
        entry.path().filename() == "prototypes.yaml" ? "shuffle=true" : "run.threads=1";
    std::map<std::string, std::string> one, two;
    try {
      const ConfigFile file(entry.path(), subject_families());
      if (file.is_sweep() && file.settings(file.indices().front()).contains("seed")) continue;
      one = flat_yaml(resolved(file, {"seed=1", drawing}).yaml);
      two = flat_yaml(resolved(file, {"seed=2", drawing}).yaml);
    } catch (const ConfigError& refusal) {  // of data that a run has to make first, or no config of a run
      CHECK_THAT(refusal.what(), Catch::Contains("no such file") || Catch::Contains("got a search, which"));
      continue;
    }
    for (const std::string key : {"random_seed", "init_seed"}) {
      const auto found = one.find(key);
      if (found == one.end() || found->second == "[]" || found->second == "~" || found->second == "null")
        continue;
      CAPTURE(key);
      CHECK(found->second != two.at(key));
      ++with_own;
    }
  }
  CHECK(with_own > 10);
}

TEST_CASE("seeds: runs of the published configs differ from seed to seed", "[conformance]") {
  set_quiet(true);
  const std::vector<std::string> dual = {"epochs=3", "n_runs=1"},
                                 micro = {"epochs=1", "dataset_size=3", "settling_time=1"};
  const std::vector<std::pair<std::string, std::vector<std::string>>> published = {
      {"dual_stream.yaml", dual},
      {"dual_stream/config_n1.yaml", dual},
      {"dual_stream/config1_multi.yaml", dual},
      {"dual_stream/dlMU_dnn.yaml", dual},
      {"dual_stream/prototypes.yaml", {"epochs=3", "n_runs=1", "shuffle=true"}},
      {"dual_stream/trial_level.yaml", dual},
      {"microcircuit.yaml", micro},
      {"microcircuit/phased_ldrl.yaml", micro}};
  for (const auto& [path, overrides] : published) {
    CAPTURE(path);
    const test::TemporaryDirectory folder;
    std::set<std::string> metrics;
    for (const std::string seed : {"", "seed=1", "seed=2", "seed=3"}) {
      auto words = overrides;
      if (!seed.empty()) words.push_back(seed);
      RunRequest request;
      request.config = resolved(ConfigFile(kConfigs / path, subject_families()), words);
      request.directory = folder / ("run" + seed);
      REQUIRE(run_one(request, subject_accelerator()).state == RunState::done);
      metrics.insert(test::slurp(RunDirectory{request.directory}.metrics()));
    }
    CHECK(metrics.size() == 4);
  }
}

TEST_CASE("seeds: a seed is refused where nothing is drawn from it", "[conformance]") {
  const ConfigFile file(kConfigs / "dual_stream/prototypes.yaml", subject_families());
  CHECK_NOTHROW(resolved(file, {}));
  std::string message;
  try {
    (void)resolved(file, {"seed=2"});
  } catch (const ConfigError& error) {
    message = error.what();
  }
  CHECK(message ==
        "command line: seed=2: seed: has no effect; expected no seed where nothing is drawn (shuffle: false, "
        "slow: none), got one");
}

}  // namespace tsd
