// The original's files, the published numbers of the sweeps, and what a config or a file of stimuli may not
// say.
#include <array>
#include <cmath>

#include "families/dual_stream/experiment.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/dual_stream.hpp"

namespace tsd::dual_stream::test {
namespace {

using namespace tsd::test;

const std::vector<Family>& families() {
  static const std::vector<Family> all = {dual_stream::family()};
  return all;
}

constexpr const char* kNested = R"(# --- overall ---
config_version: config3
optim: sgd
loss_fn: bcelogits
fast: clustering
slow: dnn
random_seed: 999
num_blocks: 350
num_runs: 50
fast_config:
  max_num_clusters: 8
  in_features: 3
  out_features: 3
  Phi: 10
  asso_lr_multiplier: 1.0
  high_attn_constraint: sumtoone
  high_attn_lr_multiplier: 1.0
  high_attn_regularizer: entropy
  high_attn_reg_strength: 0.0
  beta: 3.0
  center_lr_multiplier: 1.0
  from_logits: true
  lr_clustering: 0.1
  num_clusters: 8
  q: 1
  r: 2
  specificity: 0.25
  temp_competition: equivalent
  temp_softwta: 0.012
  thr: -0.4
  optim: sgd
  loss_fn: bcelogits
slow_config:
  act_func: relu
  lr_dnn: 0.75
  n_units: 25
  mom: 0.
  dropout: 0
  networks_depth: 3
  input_size: 3
  output_size: 2
  bias: True
  n_classes: 2
  optim: sgd
  loss_fn: bcelogits
)";

constexpr const char* kFlat = R"(optim: sgd
loss_fn: bcelogits
max_num_clusters: 8
in_features: 3
out_features: 3
Phi: 10
config_version: config1
from_logits: true
lr_clustering: 0.2
num_blocks: 32
num_clusters: 8
num_runs: 50
temp_competition: equivalent
temp_softwta: 0.012
thr: -0.4
act_func: relu
lr_dnn: 0.0075
n_units: 25
mom: 0.
networks_depth: 3
input_size: 3
output_size: 2
bias: True
)";

RunConfig resolved(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const TemporaryDirectory folder;
  spit(folder / "config.yaml", text);
  return ConfigFile(folder / "config.yaml", families(), &families()[0]).resolve(std::nullopt, overrides);
}

std::string problem_of(const std::vector<std::string>& overrides) {
  try {
    resolved(kNested, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string experiment_problem(const std::vector<std::string>& overrides) {
  try {
    resolved(kNested, overrides).configuration->build({});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

const Config& config_of(const Experiment& experiment) {
  return dynamic_cast<const DualStreamExperiment&>(experiment).config();
}

}  // namespace

TEST_CASE("dual stream config: the original's nested and flat files", "[dual_stream]") {
  RunContext context;
  const auto nested = resolved(kNested, {"n_runs=1", "epochs=1"}).configuration->build(context);
  CHECK(config_of(*nested).resolved_task() == Task::shj);
  CHECK(config_of(*nested).slow_config.lr == 0.75);
  const auto flat = resolved(kFlat, {"n_runs=1"}).configuration->build(context);
  CHECK(config_of(*flat).fast_config.lr_clustering == 0.2);
  CHECK(config_of(*flat).slow_config.lr == 0.0075);
  CHECK(config_of(*flat).epochs == 32);
  CHECK(resolved(resolved(kFlat).yaml).sha256 == resolved(kFlat).sha256);
}

TEST_CASE("dual stream config: a value given in both layouts, and unknown keys, are refused",
          "[dual_stream]") {
  CHECK_THROWS_WITH(resolved(std::string(kNested) + "lr_dnn: 3\n"),
                    Catch::Contains("lr_dnn: given twice; it stands for slow_config.lr"));
  CHECK_THROWS_WITH(resolved(std::string(kFlat) + "lr_dmm: 3\n"), Catch::Contains("unknown key"));
}

TEST_CASE("dual stream config: indices of the sweeps are the published numbers", "[dual_stream]") {
  const auto check_grid = [](const char* name) {
    const ConfigFile file(std::string(TSD_SOURCE_DIR "/configs/dual_stream/") + name, families());
    constexpr std::array lr_nn = {1e-4, 5e-4, 1e-3, 5e-3, 1e-2}, variance = {0.02, 0.05, 0.1, 0.5, 1.0},
                         lr_dnn = {0.1, 0.5, 1.0, 1.5, 3.0};
    for (std::int64_t id = 2; id <= 126; ++id) {
      CAPTURE(name, id);
      const auto settings = file.settings(id);
      const auto a = static_cast<std::size_t>(id - 2);
      CHECK(std::stod(settings.at("fast_config.lr_nn")) == lr_nn[a / 25]);
      CHECK(std::stod(settings.at("fast_config.attn_weighting")) == variance[a / 5 % 5]);
      CHECK(std::stod(settings.at("slow_config.lr")) == lr_dnn[a % 5]);
      const std::int64_t workers = std::string(name) == "dl_dnn.yaml" ? 60 : 40;
      const auto offset = settings.find("init_offset");
      CHECK((offset == settings.end() ? 0 : std::stoll(offset->second)) == 14270 * ((id - 2) / workers));
    }
    return file.indices().back();
  };
  CHECK(check_grid("dl_dnn.yaml") == 126);
  CHECK(check_grid("dlMU_dnn.yaml") == 214);
  const ConfigFile fine(TSD_SOURCE_DIR "/configs/dual_stream/dlMU_dnn.yaml", families());
  constexpr std::array lr_nn = {0.00075, 0.001, 0.0015}, lr_dnn = {0.05, 0.075, 0.1};
  constexpr std::array units = {250, 500, 750}, width = {16, 64, 128};
  for (std::int64_t id = 134; id <= 214; ++id) {
    CAPTURE(id);
    const auto s = fine.settings(id);
    const auto i = static_cast<std::size_t>(id - 134);
    CHECK(std::stod(s.at("fast_config.lr_nn")) == lr_nn[i / 27]);
    CHECK(std::stoi(s.at("fast_config.max_nunits")) == units[i / 9 % 3]);
    CHECK(std::stod(s.at("slow_config.lr")) == lr_dnn[i / 3 % 3]);
    CHECK(std::stoi(s.at("slow_config.n_units")) == width[i % 3]);
  }
  const ConfigFile cube(TSD_SOURCE_DIR "/configs/dual_stream/shj.yaml", families());
  constexpr std::array rates = {0.01, 0.1, 0.5, 1.0, 1.5, 3.0};
  constexpr std::array fast = {0.001, 0.01, 0.1, 1.0};
  for (std::int64_t id = 6; id <= 29; ++id) {
    const auto i = static_cast<std::size_t>(id - 6);
    CHECK(std::stod(cube.settings(id).at("slow_config.lr")) == rates[i / 4]);
    CHECK(std::stod(cube.settings(id).at("fast_config.lr_clustering")) == fast[i % 4]);
  }
}

TEST_CASE("dual stream config: what does not fit is told by its key", "[dual_stream]") {
  CHECK_THAT(problem_of({"fast=none", "slow=none"}), Catch::Contains("fast: no stream at all"));
  CHECK_THAT(problem_of({"slow_config.input_size=4"}),
             Catch::Contains("fast_config.in_features: features do not fit"));
  CHECK_THAT(problem_of({"fast_config.noise=0.3"}), Catch::Contains("fast_config.noise: is always off"));
  CHECK_THAT(problem_of({"fast_config.temp_competition=warm"}), Catch::Contains("temp_competition: unknown"));
  CHECK_THAT(problem_of({"fast=distr_learner_mu", "fast_config.max_nunits=50", "fast_config.n_dims=3"}),
             Catch::Contains("fast_config.k: no unit at all"));
  CHECK_THAT(problem_of({"task=file"}), Catch::Contains("stimuli_file: required by task file"));
  CHECK_THAT(experiment_problem({"fast_config.max_num_clusters=7"}),
             Catch::Contains(
                 "max_num_clusters: does not fit the stimuli; expected a slot for each of 8 items, got 7"));
  CHECK_THAT(experiment_problem({"slow_config.output_size=3"}), Catch::Contains("output_size"));
  CHECK_THAT(experiment_problem({"held_out=[8]"}), Catch::Contains("held_out"));
}

TEST_CASE("dual stream stimuli: files with wrong content are refused with their place", "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto problem = [&](const std::string& text) -> std::string {
    spit(folder / "items.csv", text);
    try {
      read_stimuli(folder / "items.csv");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(problem("0.1,0.2,0\n0.3,,1\n"),
             Catch::Contains("items.csv:2: expected a finite number in column 2, got nothing"));
  CHECK_THAT(problem("0.1,nan,0\n0.3,1,1\n"),
             Catch::Contains("items.csv:1: expected a finite number in column 2, got nan"));
  CHECK_THAT(problem("0.1,0.2,0\n0.3,1\n"), Catch::Contains("items.csv:2: expected 3 values, got 2"));
  CHECK_THAT(problem("0.1,0.2,0\n0.3,0.4,1.5\n"), Catch::Contains("expected a class from 0 on"));
  CHECK_THAT(problem("0.1,0.2,0\n0.3,0.4,2\n"), Catch::Contains("none of class 1"));
  CHECK_THAT(problem(""), Catch::Contains("expected a line per item, got none"));
  spit(folder / "good.csv", "a,b,class\n0.5,1,0\n-2,3e-1,2\n1,1,1\n");
  const Stimuli good = read_stimuli(folder / "good.csv");
  CHECK((good.D == 2 && good.K == 3 && good.items() == 3));
  CHECK(good.x == std::vector<float>{0.5f, 1, -2, 0.3f, 1, 1});
  CHECK(good.problems[0].label == std::vector<std::int32_t>{0, 2, 1});
}

TEST_CASE("dual stream: a network that diverges ends its problem alone, or is left out", "[dual_stream]") {
  const std::vector<std::string> wild = {"epochs=3", "n_runs=4", "problem_types=[1, 6]",
                                         "slow_config.lr=1e20"};
  const auto finished = [&](std::vector<std::string> more) {
    more.insert(more.end(), wild.begin(), wild.end());
    auto experiment = resolved(kNested, more).configuration->build({});
    for (int epoch = 0; epoch < 3 && !experiment->finished(); ++epoch) experiment->step();
    return experiment;
  };
  const auto stopped = finished({});
  REQUIRE(stopped->divergence().has_value());
  CHECK_THAT(*stopped->divergence(), Catch::Contains("type6: run"));
  CHECK(std::isnan(dynamic_cast<DualStreamExperiment&>(*stopped).curve(0, 2)[0]));
  CHECK_FALSE(finished({"on_divergence=drop"})->divergence().has_value());
}

TEST_CASE("dual stream: items of three classes in four dimensions are learnt", "[dual_stream]") {
  const TemporaryDirectory folder;
  spit(folder / "items.csv",
       "1,0,0,0,0\n0,1,0,0,1\n0,0,1,0,2\n0.9,0,0,0.1,0\n0,0.9,0,0.1,1\n0,0,0.9,0.1,2\n");
  using Words = std::vector<std::string>;
  const std::vector<std::pair<const char*, Words>> streams = {
      {"clustering", {}},
      {"distr_learner", {"fast_config.attn_weighting=0.5"}},
      {"distr_learner_mu", {"fast_config.attn_weighting=0.5", "fast_config.k=0.02"}},
      {"multiunit_clustering", {"fast_config.n_units=500", "fast_config.k=0.02", "fast_config.r=1"}}};
  for (const auto& [fast, more] : streams) {
    CAPTURE(fast);
    Words words = {std::string("fast=") + fast, "stimuli_file=" + (folder / "items.csv").string()};
    words.insert(words.end(), more.begin(), more.end());
    const auto run = resolved("num_blocks: 60\nnum_runs: 2\n", words);
    const auto experiment = run.configuration->build({});
    for (int epoch = 0; epoch < 60; ++epoch) experiment->step();
    const auto& e = dynamic_cast<const DualStreamExperiment&>(*experiment);
    CHECK(e.curve(0, acc_total).back() == 1);
    CHECK(e.curve(0, lc_total)[0] > 0.5);  // chance is 2/3
  }
}

}  // namespace tsd::dual_stream::test
