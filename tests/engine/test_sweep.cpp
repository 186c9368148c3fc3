#include <set>

#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using Settings = std::map<std::string, std::string>;

namespace {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {sample::family()};
  return all;
}

const sample::Settings& settings_of(const RunConfig& config) {
  return dynamic_cast<const sample::SampleConfiguration&>(*config.configuration).o;
}

ConfigFile read(const test::TemporaryDirectory& folder, const std::string& sweep) {
  test::spit(folder / "a.yaml", "family: sample\nepochs: 3\nsweep:\n" + sweep);
  return ConfigFile(folder / "a.yaml", families());
}

const std::string kTwoBlocks = R"(  first_index: 1
  blocks:
    - grid: {lr: [1e-3, 1e-4], seed: [1, 2, 3]}
    - list:
        - {lr: 1e-2, model.cell: lstm}
        - {seed: 7}
)";

}  // namespace

TEST_CASE("sweep: blocks are numbered on, the first key slowest", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, kTwoBlocks);
  CHECK(file.is_sweep());
  CHECK(file.indices() == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(file.settings(1) == Settings{{"lr", "0.001"}, {"seed", "1"}});
  CHECK(file.settings(2) == Settings{{"lr", "0.001"}, {"seed", "2"}});
  CHECK(file.settings(4) == Settings{{"lr", "1.0e-04"}, {"seed", "1"}});
  CHECK(file.settings(7) == Settings{{"lr", "0.01"}, {"model.cell", "lstm"}});
  CHECK(file.settings(8) == Settings{{"seed", "7"}});

  const RunConfig seventh = file.resolve(7, {});
  CHECK(settings_of(seventh).lr == 1e-2);
  CHECK(settings_of(seventh).model.cell == sample::Cell::lstm);
  CHECK(seventh.seed == 1);
  CHECK(seventh.index == 7);
  CHECK(file.resolve(6, {}).seed == 3);
  CHECK(seventh.yaml_with_origins.find("lr: 0.01                   # sweep index 7") != std::string::npos);
}

TEST_CASE("sweep: index and settings determine each other", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, kTwoBlocks);
  std::set<std::string> digests;
  for (const std::int64_t index : file.indices()) {
    CHECK(file.index_of(file.settings(index)) == index);
    digests.insert(file.resolve(index, {}).sha256);
  }
  CHECK(digests.size() == 8);
  CHECK(file.index_of({{"lr", "1e-4"}, {"seed", "3"}}) == 6);  // any spelling
  CHECK_FALSE(file.index_of({{"lr", "1e-4"}}));
  CHECK_THROWS_AS(file.index_of({{"lr", "fast"}}), ConfigError);
}

TEST_CASE("sweep: a resolved index reads back as one run", "[sweep]") {
  const test::TemporaryDirectory folder;
  const RunConfig third = read(folder, kTwoBlocks).resolve(3, {"tag=x"});
  test::spit(folder / "b.yaml", third.yaml);
  const RunConfig again = ConfigFile(folder / "b.yaml", families()).resolve(std::nullopt, {});
  CHECK(again.sha256 == third.sha256);
  CHECK(settings_of(again) == settings_of(third));
  CHECK(again.seed == 3);
}

TEST_CASE("sweep: short form, lists as values, inheritance", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, "  grid: {milestones: [[1, 2], [3]]}\n");
  CHECK(file.indices() == std::vector<std::int64_t>{0, 1});
  CHECK(settings_of(file.resolve(1, {})).milestones == std::vector<int>{3});

  test::spit(folder / "child.yaml", "extends: a.yaml\nlr: 0.5\n");
  CHECK(ConfigFile(folder / "child.yaml", families()).indices().size() == 2);
  test::spit(folder / "other.yaml", "extends: a.yaml\nsweep:\n  list: [{lr: 1}]\n");
  CHECK(ConfigFile(folder / "other.yaml", families()).settings(0) == Settings{{"lr", "1.0"}});
  test::spit(folder / "none.yaml", "extends: a.yaml\nsweep: null\n");
  CHECK_FALSE(ConfigFile(folder / "none.yaml", families()).is_sweep());
}

TEST_CASE("sweep: an index that is not there is wrong usage", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, kTwoBlocks);
  const std::string place = (folder / "a.yaml").string();
  CHECK_THROWS_WITH(file.resolve(0, {}),
                    place + ": no such index in the sweep; expected an index from 1 to 8, got 0");
  CHECK_THROWS_WITH(file.resolve(9, {}),
                    place + ": no such index in the sweep; expected an index from 1 to 8, got 9");
  CHECK_THROWS_WITH(file.resolve(std::nullopt, {}),
                    place + ": the config is a sweep; expected an index from 1 to 8, got none");
  CHECK_THROWS_AS(file.settings(9), UsageError);
  const ConfigFile single(TSD_SOURCE_DIR "/tests/engine/broken_configs/parts/base.yaml", families());
  CHECK_THROWS_AS(single.resolve(0, {}), UsageError);
}

TEST_CASE("sweep: a hundred thousand settings are numbered in a moment", "[sweep]") {
  const test::TemporaryDirectory folder;
  std::string numbers = "[0";
  for (int i = 1; i < 300; ++i) numbers += ", " + std::to_string(i);
  numbers += "]";
  const ConfigFile file = read(folder, "  grid: {seed: " + numbers + ", offset: " + numbers + "}\n");
  CHECK(file.indices().size() == 90'000);
  CHECK(file.index_of({{"seed", "299"}, {"offset", "298"}}) == 299 * 300 + 298);
}
