// One meaning of `seed`: whichever streams have seeds of their own, giving `seed` changes every number drawn.
#include <set>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/rng/seed_32.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

using test::spit;
using Seeds = std::vector<std::int64_t>;

struct Settings {
  int order_seed = 999;
  std::optional<std::int64_t> init_seed;
  Seeds random_seed;
};

class Seeded : public Configuration {
 public:
  explicit Seeded(bool three) : three_(three) {}
  void describe(Schema& s) override {
    s.field("random_seed", o.random_seed, "of the students").range(0, 4294967295).own_seed();
    if (!three_) return;
    s.field("order_seed", o.order_seed, "of the order").at_least(0).own_seed();
    s.field("init_seed", o.init_seed, "of the weights").own_seed();
  }
  std::unique_ptr<Experiment> build(const RunContext&) const override { throw std::logic_error("not built"); }
  Settings o;

 private:
  bool three_;
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = [] {
    std::vector<Family> families(2);
    families[0].name = "one";
    families[0].make = [] { return std::make_unique<Seeded>(false); };
    families[1].name = "three";
    families[1].make = [] { return std::make_unique<Seeded>(true); };
    return families;
  }();
  return all;
}

const Settings& settings_of(const RunConfig& config) {
  return dynamic_cast<const Seeded&>(*config.configuration).o;
}

struct Folder : test::TemporaryDirectory {
  RunConfig resolve(const std::string& text, const std::vector<std::string>& overrides = {},
                    std::optional<std::int64_t> index = std::nullopt) const {
    spit(*this / "a.yaml", text);
    return ConfigFile(*this / "a.yaml", families()).resolve(index, overrides);
  }
  std::string error(const std::string& text, const std::vector<std::string>& overrides,
                    std::optional<std::int64_t> index = std::nullopt) const {
    try {
      resolve(text, overrides, index);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  }
};

const std::string kPublished = "family: three\ninit_seed: 2609583565\nrandom_seed: [123, 456, 789]\n";

}  // namespace

TEST_CASE("seed: streams keep seeds of their own where none gives `seed`, or only their own file does",
          "[config]") {
  const Folder folder;
  for (const std::string seed : {"", "seed: 2\n"}) {
    const auto config = folder.resolve(kPublished + seed);
    CHECK(settings_of(config).init_seed == 2609583565);
    CHECK(settings_of(config).random_seed == Seeds{123, 456, 789});
  }
  CHECK(settings_of(folder.resolve(kPublished)).order_seed == 999);
}

TEST_CASE("seed: given later, it draws every seed anew, and another one others", "[config]") {
  const Folder folder;
  spit(folder / "published.yaml", kPublished);
  std::set<int> orders{999};
  std::set<std::int64_t> students{123, 456, 789}, inits{2609583565};
  int drawn = 0;
  for (const int seed : {1, 2, 3}) {
    const std::string text = std::to_string(seed);
    const auto by_override = folder.resolve(kPublished, {"seed=" + text});
    const auto by_file = folder.resolve("extends: published.yaml\nseed: " + text + "\n");
    const auto by_sweep = folder.resolve(kPublished + "sweep: {grid: {seed: [1, 2, 3]}}\n", {}, seed - 1);
    for (const RunConfig* config : {&by_override, &by_file, &by_sweep}) {
      CHECK(config->sha256 == by_override.sha256);
      CHECK(inits.contains(settings_of(*config).init_seed.value()) == (config != &by_override));
      inits.insert(*settings_of(*config).init_seed);
      CHECK(settings_of(*config).random_seed.size() == 3);
    }
    CHECK(by_override.yaml_with_origins.find("# drawn from seed") != std::string::npos);
    orders.insert(settings_of(by_override).order_seed);
    for (const auto student : settings_of(by_override).random_seed) students.insert(student);
    drawn += 3;
    // What is drawn stands in the resolved config, which reads back to itself.
    CHECK(folder.resolve(by_override.yaml).yaml == by_override.yaml);
  }
  CHECK(orders.size() == 4);
  CHECK(inits.size() == 4);
  CHECK(students.size() == static_cast<std::size_t>(3 + drawn));
}

TEST_CASE(
    "seed: a stream's seed given beside or after it rules, and where nothing is left to draw, both are "
    "refused",
    "[config]") {
  const Folder folder;
  const auto config = folder.resolve(kPublished, {"seed=2", "init_seed=5"});
  CHECK(settings_of(config).init_seed == 5);
  CHECK(settings_of(config).random_seed != Seeds{123, 456, 789});
  const std::string one = "family: one\nrandom_seed: [123]\n",
                    sweep = one + "sweep: {grid: {seed: [1, 2]}}\n";
  CHECK(settings_of(folder.resolve(one, {"seed=2"})).random_seed != Seeds{123});
  CHECK(folder.error(one, {"seed=2", "random_seed=[7]"}) ==
        "command line: seed=2: seed: has no effect; expected either seed or random_seed, got both");
  CHECK(folder.error(sweep, {"random_seed=[7]"}, 0).find("seed: has no effect") != std::string::npos);
  CHECK(folder.error(sweep, {"random_seed=[]"}, 0) == "");  // the run's seed
  CHECK(folder.resolve(sweep, {}, 0).sha256 != folder.resolve(sweep, {}, 1).sha256);
}

TEST_CASE("seed: what does not fit into 32 bits is not cut", "[rng]") {
  CHECK(seed_32(0) == 0);
  CHECK(seed_32(4294967295u) == 4294967295u);
  std::set<std::uint32_t> all;
  for (std::uint64_t high = 0; high < 100; ++high) all.insert(seed_32((high << 32) + 1));
  CHECK(all.size() == 100);
}

}  // namespace tsd
