#include <cmath>
#include <set>

#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

using namespace tsd;
using tsd::test::spit;
using tsd::test::TemporaryDirectory;

namespace {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {sample::family()};
  return all;
}

const sample::Settings& settings_of(const RunConfig& config) {
  return dynamic_cast<const sample::SampleConfiguration&>(*config.configuration).o;
}

struct Folder : TemporaryDirectory {
  RunConfig resolve(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    spit(*this / "a.yaml", text);
    return ConfigFile(*this / "a.yaml", families()).resolve(std::nullopt, overrides);
  }
  std::string error(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    try {
      resolve(text, overrides);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  }
};

const std::string kLeast = "family: sample\nepochs: 3\n";

}  // namespace

TEST_CASE("config: what a file leaves out keeps the struct's default", "[config]") {
  sample::Settings expected;
  expected.epochs = 3;
  const RunConfig config = Folder().resolve(kLeast);
  CHECK(settings_of(config) == expected);
  CHECK(config.seed == 1);
  CHECK(config.run.device == RunOptions().device);
  CHECK(config.run.threads == RunOptions().threads);
  CHECK(config.run.checkpoint_every == RunOptions().checkpoint_every);
  CHECK(config.run.tensorboard == RunOptions().tensorboard);
  CHECK(config.run.until == RunOptions().until);
  CHECK(config.name == "a");
  CHECK(config.family == &families()[0]);
  CHECK_FALSE(config.index);
}

TEST_CASE("config: every type is read", "[config]") {
  const RunConfig config = Folder().resolve(R"(# all of it
family: sample
description: 'it''s all "here"'
seed: 18446744073709551615
epochs: +7
lr: 1e-4
patience: 20
optimiser: "sgd"
samples: 9223372036854775807
offset: 5
limit: 12
budget: -9223372036854775808
tag: 010
flags: [true, false]
milestones:
  - 1
  - 2
times: [-3]
metrics: [recall, loss]
targets: [[1, 2.5], [], [-1e-3, .5]]
layers: [[1], [2, 3]]
model:
  cell: lstm
  gain: 3
  readout: {bias: false, scale: [0, 10]}
run: {device: 'cuda:1', threads: 2, checkpoint_every: 0.5, tensorboard: true}
)");
  sample::Settings expected;
  expected.epochs = 7, expected.lr = 1e-4, expected.patience = 20, expected.optimiser = "sgd";
  expected.samples = INT64_MAX, expected.offset = 5, expected.limit = 12, expected.budget = INT64_MIN;
  expected.tag = "010";
  expected.flags = {true, false}, expected.milestones = {1, 2}, expected.times = {-3};
  expected.metrics = {"recall", "loss"}, expected.targets = {{1, 2.5}, {}, {-1e-3, 0.5}},
  expected.layers = {{1}, {2, 3}};
  expected.model.cell = sample::Cell::lstm, expected.model.gain = 3.0;
  expected.model.readout.bias = false, expected.model.readout.scale = {0, 10};
  CHECK(settings_of(config) == expected);
  CHECK(config.seed == UINT64_MAX);
  CHECK(config.run.device == "cuda:1");
  CHECK(config.run.threads == 2);
  CHECK(config.run.checkpoint_every == 0.5);
  CHECK(config.run.tensorboard);
}

TEST_CASE("config: resolved YAML reads back to the same run", "[config]") {
  const Folder folder;
  const std::vector<std::string> texts = {
      kLeast,
      kLeast + "lr: 0.1\npatience: .inf\ntag: \"two\\nlines: \\\"quoted\\\" \\\\ # no comment \\u00e9\"\n",
      kLeast + "lr: 4.9e-324\nmodel: {gain: 1.7976931348623157e308, cell: rnn}\ntag: 'null'\n",
      kLeast +
          "tag: \"010\"\ndescription: \"- not a list\"\ntargets: [[0.1, 1e21, 123456789012345680, -0.0]]\n",
      kLeast + "tag: ''\nflags: [true]\nseed: 18446744073709551615\nbudget: -9223372036854775808\n",
      kLeast + "tag: 'yes'\ndescription: \"tab\\tand bell\\a\"\n"};
  for (const std::string& text : texts) {
    const RunConfig first = folder.resolve(text);
    const RunConfig second = folder.resolve(first.yaml);
    INFO(first.yaml);
    CHECK(settings_of(second) == settings_of(first));
    CHECK(second.seed == first.seed);
    CHECK(second.yaml == first.yaml);
    CHECK(second.sha256 == first.sha256);
    CHECK(folder.resolve(first.yaml_with_origins).yaml == first.yaml);
  }
}

TEST_CASE("config: the resolved YAML is what it is documented to be", "[config]") {
  const RunConfig config = Folder().resolve(kLeast + "lr: 1e-4\nsamples: 7\ntag: 'a b'\n");
  CHECK(config.yaml == R"(family: sample
description: ""
seed: 1
epochs: 3
lr: 1.0e-04
patience: .inf
optimiser: adam
data: ""
weights: auto
samples: 7
offset: 0
limit: null
budget: null
tag: "a b"
flags: []
milestones: [10, 13]
times: []
metrics: [loss]
targets: []
layers: [[8, 8], [4]]
model:
  hidden_size: 8
  cell: gru
  dropout: 0.0
  gain: null
  readout:
    bias: true
    scale: [1.0, 0.5]
run:
  device: auto
  threads: 0
  checkpoint_every: 300.0
  tensorboard: false
  until: null
)");
}

TEST_CASE("config: the digest is of what determines the numbers", "[config]") {
  const Folder folder;
  const RunConfig config = folder.resolve(kLeast);
  std::string text = config.yaml.substr(0, config.yaml.find("run:\n"));
  text.erase(text.find("description"), std::string("description: \"\"\n").size());
  CHECK(config.sha256 == sha256(text));
  CHECK(folder.resolve(kLeast + "description: other\nrun: {threads: 3}\n").sha256 == config.sha256);
  CHECK(folder.resolve(kLeast + "lr: 0.001\n").sha256 == config.sha256);  // the default, given
  CHECK(folder.resolve(kLeast, {"seed=2"}).sha256 != config.sha256);
  CHECK(folder.resolve(kLeast, {"model.dropout=0.1"}).sha256 != config.sha256);
}

TEST_CASE("config: layers win in the documented order and are named", "[config]") {
  const Folder folder;
  spit(folder / "deep/base.yaml",
       "family: sample\nepochs: 1\nlr: 0.5\nmilestones: [1, 2, 3]\nmodel: {cell: rnn, dropout: 0.5}\n");
  spit(folder / "deep/middle.yaml", "extends: base.yaml\nlr: 0.25\nmodel:\n  dropout: 0.25\n");
  spit(folder / "other.yaml", "samples: 5\nlr: 0.75\n");
  const RunConfig config = folder.resolve(
      "extends: [other.yaml, deep/middle.yaml]\nepochs: 2\nmilestones: [4]\nmodel: {hidden_size: 3}\n",
      {"model.hidden_size=4", "tag=x y", "model.hidden_size=5"});
  const sample::Settings& s = settings_of(config);
  CHECK(s.lr == 0.25);  // the later of the two files extended
  CHECK(s.samples == 5);
  CHECK(s.epochs == 2);
  CHECK(s.milestones == std::vector<int>{4});  // lists are replaced
  CHECK(s.model.cell == sample::Cell::rnn);    // mappings are merged
  CHECK(s.model.dropout == 0.25);
  CHECK(s.model.hidden_size == 5);
  CHECK(s.tag == "x y");
  CHECK(config.overrides.size() == 3);

  const auto origin = [&](const std::string& key) {
    const std::string& all = config.yaml_with_origins;
    const std::size_t line = all.find("\n" + key + ": ");
    REQUIRE(line != std::string::npos);
    const std::size_t hash = all.find("# ", line) + 2;
    return all.substr(hash, all.find("  ", hash) - hash);
  };
  const std::string here = folder.path().string();
  CHECK(origin("epochs") == here + "/a.yaml:2");
  CHECK(origin("lr") == here + "/deep/middle.yaml:2");
  CHECK(origin("samples") == here + "/other.yaml:1");
  CHECK(origin("  cell") == here + "/deep/base.yaml:5");
  CHECK(origin("  hidden_size") == "command line");
  CHECK(origin("budget") == "default");

  std::set<std::size_t> columns;  // of the comments
  std::istringstream lines(config.yaml_with_origins);
  for (std::string line; std::getline(lines, line);) columns.insert(line.find("  # "));
  CHECK(columns.size() == 1);
}

TEST_CASE("config: a diamond of extends is no cycle", "[config]") {
  const Folder folder;
  spit(folder / "base.yaml", kLeast + "samples: 1\n");
  spit(folder / "left.yaml", "extends: base.yaml\nsamples: 2\n");
  spit(folder / "right.yaml", "extends: ./base.yaml\n");
  CHECK(settings_of(folder.resolve("extends: [left.yaml, right.yaml]\n")).samples == 1);
}

TEST_CASE("config: aliases stand for their anchor's value", "[config]") {
  const RunConfig config =
      Folder().resolve(kLeast + "milestones: &m [2, 4]\ntimes: *m\nlimit: &n 3\nbudget: *n\n");
  CHECK(settings_of(config).times == std::vector<std::int64_t>{2, 4});
  CHECK(settings_of(config).budget == 3);
}

TEST_CASE("config: a few lines of aliases cannot fill the memory", "[config]") {
  std::string text = kLeast + "targets: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "t" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int k = 1; k < 10; ++k) text += ", " + below;
    text += "]\n";
  }
  CHECK(Folder().error(text).find("too many values; expected at most 200000, aliases included") !=
        std::string::npos);
}

TEST_CASE("config: sizes are capped", "[config]") {
  const Folder folder;
  CHECK(folder.error(kLeast + "# " + std::string(1 << 20, 'x') + "\n")
            .find("too large for a config; expected at most 1 MB") != std::string::npos);
  std::string keys = kLeast;
  for (int i = 0; i < 1500; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  CHECK(folder.error(keys).find("too many keys in a mapping; expected at most 1000") != std::string::npos);
  std::string lines = folder.error(kLeast + "layers: [" + std::string(800, ',') + "]\n");
  CHECK(std::count(lines.begin(), lines.end(), '\n') <= 100);
}

TEST_CASE("config: a byte order mark and Windows line ends change nothing", "[config]") {
  CHECK(settings_of(Folder().resolve("\xEF\xBB\xBF"
                                     "family: sample\r\nepochs: 3\r\nmodel:\r\n  cell: rnn\r\n"))
            .model.cell == sample::Cell::rnn);
}

TEST_CASE("config: paths start from the file that names them, then from the current directory", "[config]") {
  const Folder folder;
  spit(folder / "data/here.h5", "x");
  spit(folder / "sub/near.h5", "x");
  spit(folder / "sub/parent.yaml", kLeast + "data: near.h5\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  spit("configs/c.yaml", kLeast + "data: ../data/here.h5\n");
  const auto read = [](const std::string& path) {
    return ConfigFile(path, families()).resolve(std::nullopt, {});
  };
  const RunConfig relative = read("configs/c.yaml");
  const std::string here = folder / "data/here.h5", near = folder / "sub/near.h5";
  CHECK(settings_of(relative).data == here);
  CHECK(settings_of(read(folder / "configs/c.yaml")).data == here);  // however the config is named
  CHECK(settings_of(folder.resolve("extends: sub/parent.yaml\n")).data == near);
  CHECK(settings_of(folder.resolve(kLeast, {"data=sub/near.h5"})).data == near);
  CHECK(settings_of(folder.resolve(kLeast + "weights: random\n")).weights == "random");
  CHECK(settings_of(folder.resolve(kLeast + "weights: sub/near.h5\n")).weights == near);
  std::string error;
  try {
    spit("configs/d.yaml", kLeast + "data: gone.h5\n");
    read("configs/d.yaml");
  } catch (const ConfigError& e) {
    error = e.what();
  }
  CHECK(error ==
        "configs/d.yaml:3:7: data: no such file or folder; expected a path that exists, got gone.h5; tried "
        "configs/gone.h5 and gone.h5");
  std::filesystem::current_path(before);
}

TEST_CASE("config: a config that is not there is missing input", "[config]") {
  const Folder folder;
  CHECK_THROWS_AS(ConfigFile(folder / "gone.yaml", families()), MissingInput);
  CHECK_THROWS_AS(ConfigFile(folder.path(), families()), MissingInput);
}

TEST_CASE("schema: mistakes in a declaration are bugs", "[config]") {
  int value = 0;
  Schema schema;
  schema.field("a", value, "");
  CHECK_THROWS_AS(schema.field("a", value, ""), std::logic_error);
  CHECK_THROWS_AS(schema.field("a.b", value, ""), std::logic_error);
  CHECK_THROWS_AS(schema.field("", value, ""), std::logic_error);

  struct Colliding : Configuration {
    explicit Colliding(std::string name) : key(std::move(name)) {}
    void describe(Schema& s) override { s.field(key, value, ""); }
    std::unique_ptr<Experiment> build(const RunContext&) const override { return nullptr; }
    std::string key;
    int value = 0;
  };
  for (const std::string key : {"seed", "run", "family", "description", "extends", "sweep"}) {
    Family family = sample::family();
    family.make = [key] { return std::make_unique<Colliding>(key); };
    const std::vector<Family> all = {family};
    INFO(key);
    CHECK_THROWS_AS(json_schema(all), std::logic_error);
  }
}

TEST_CASE("config: a file of an original program needs no family, and what it leaves unsaid is added",
          "[config]") {
  const test::TemporaryDirectory folder;
  Family knows = sample::family(), other = sample::family();
  other.name = "other";
  knows.recognise = [](const Settings& given) -> std::optional<Settings> {
    if (given.contains("epochs") && given.contains("model.readout.scale"))
      return Settings{{"optimiser", "sgd"}, {"samples", "7"}};
    return std::nullopt;
  };
  const std::vector<Family> one = {other, knows};
  spit(folder / "a.yaml", "epochs: 3\nsamples: 5\nmodel:\n  readout: {scale: [1, 2]}\n");
  const ConfigFile file(folder / "a.yaml", one);
  CHECK(file.family().name == "sample");
  const sample::Settings settings = settings_of(file.resolve(std::nullopt, {"lr=0.5"}));
  CHECK(settings.optimiser == "sgd");
  CHECK(settings.samples == 5);  // said

  spit(folder / "b.yaml", "epochs: 3\n");
  CHECK_THROWS_WITH(ConfigFile(folder / "b.yaml", one),
                    Catch::Contains("family: required key is missing; expected one of other, sample"));
  CHECK(settings_of(ConfigFile(folder / "b.yaml", one, &one[1]).resolve(std::nullopt, {})).optimiser ==
        "adam");
  CHECK(settings_of(ConfigFile(folder / "a.yaml", one, &one[1]).resolve(std::nullopt, {})).optimiser ==
        "sgd");

  other.recognise = knows.recognise;
  const std::vector<Family> two = {other, knows};
  CHECK_THROWS_AS(ConfigFile(folder / "a.yaml", two), ConfigError);  // of which?
}
