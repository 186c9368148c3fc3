// Config files of the original: two streams, or one of its packages, and what their keys may say.
#include "families/dual_stream/experiment.hpp"
#include "support/catch.hpp"
#include "support/npy.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/dual_stream.hpp"

namespace tsd::dual_stream::test {
namespace {

using namespace tsd::test;

// Of clustering_model, multiunit_clustering, dnn_model and dl_model; the last lacks attn_weighting, as it
// does there.
constexpr const char* kClustering =
    "max_num_clusters: 8\nin_features: 3\nout_features: 3\nPhi: 10\nasso_lr_multiplier: 1.0\n"
    "high_attn_constraint: sumtoone\nhigh_attn_lr_multiplier: 1.0\nhigh_attn_regularizer: entropy\n"
    "high_attn_reg_strength: 0.0\nbeta: 3.0\ncenter_lr_multiplier: 1.0\nconfig_version: config1\n"
    "from_logits: true\nlr_clustering: 0.1\nnum_blocks: 32\nnum_clusters: 8\nnum_runs: 50\nq: 1\nr: 2\n"
    "random_seed: 999\nspecificity: 0.25\ntemp_competition: equivalent\ntemp_softwta: 0.012\nthr: -0.4\n"
    "optim: sgd\nloss_fn: bcelogits\n";
constexpr const char* kMultiunit =
    "config_version: config1\nr: 1\nc: .2\np: 1\nphi: 7.\nbeta: 1.\nlr_nn: 0.0035\nlr_attn: 3.\n"
    "lr_clusters: .15\nlr_clusters_group: .25\nk: 0.005\nn_units: 10000\nn_dims: 3\nn_classes: 2\nnoise: "
    "None\n"
    "lesion: None\nrandom_seed: 999\nnum_blocks: 32\nnum_runs: 50\noptim: sgd\nloss_fn: crossentropy\n"
    "attn_type: dimensional_local\n";
constexpr const char* kNetwork =
    "config_version: config1\nact_func: relu\nlr_dnn: 0.0075\nn_units: 25\nmom: 0.3\ndropout: 0\n"
    "networks_depth: 3\nn_sims: 50\nn_epochs: 350\ninput_size: 3\noutput_size: 2\nrandom_seed: 999\noptim: "
    "sgd\n"
    "loss_fn: bcelogits\n";
constexpr const char* kDistribution =
    "config_version: config1\nnum_blocks: 10\nnum_runs: 10\noptim: sgd\nloss_fn: bcelogits\n"
    "model_type: clustering\nmax_nunits: 50\nn_dims: 2\nunit_recruit_type: 'feedback'\nPhi: 1\nfrom_logits: "
    "true\n"
    "lr_attn: 0.002\nlr_nn: 0.025\nlr_units: 0.002\nmomentum: 0\nrandom_seed: 999\n";
const std::string kSeveral =
    "config_version: config_dlMU_1\nnum_blocks: 10\nnum_runs: 1\noptim: sgd\n"
    "loss_fn: bcelogits\nmodel_type: clustering\nmax_nunits: 500\nn_dims: 2\n"
    "unit_recruit_type: 'feedback'\nPhi: 1\nfrom_logits: true\nlr_attn: 0.002\nlr_nn: 0.025\n"
    "lr_units: 0.002\nmomentum: 0\nrandom_seed: 999\nattn_weighting: 0.02\nk: 0.01\n"
    "lesion: 0\nnoise: 0\n";

RunConfig resolved(const std::string& text, const std::vector<std::string>& overrides = {}) {
  static const std::vector<Family> families = {dual_stream::family()};
  const TemporaryDirectory folder;
  spit(folder / "config1.yaml", text);
  return ConfigFile(folder / "config1.yaml", families).resolve(std::nullopt, overrides);
}

std::string problem_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    resolved(text, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::unique_ptr<DualStreamExperiment> trained(const std::string& text, int epochs,
                                              const std::vector<std::string>& overrides = {}) {
  auto built = resolved(text, overrides).configuration->build({});
  std::unique_ptr<DualStreamExperiment> e(dynamic_cast<DualStreamExperiment*>(built.release()));
  for (int epoch = 0; epoch < epochs; ++epoch) e->step();
  return e;
}

void check_curve(const DualStreamExperiment& e, std::vector<double> published, double tolerance) {
  const auto curve = e.curve(0, lc_total);
  for (std::size_t epoch = 0; epoch < published.size(); ++epoch) {
    CAPTURE(epoch);
    CHECK(std::abs(curve[epoch] - published[epoch]) <= tolerance);
  }
}

}  // namespace

TEST_CASE("dual stream original: files of one stream, without a family, train that stream alone",
          "[dual_stream]") {
  const std::vector<std::pair<std::string, std::pair<FastName, SlowName>>> files = {
      {kClustering, {FastName::clustering, SlowName::none}},
      {kMultiunit, {FastName::multiunit_clustering, SlowName::none}},
      {kNetwork, {FastName::none, SlowName::dnn}},
      {kDistribution, {FastName::distr_learner, SlowName::none}},
      {kSeveral, {FastName::distr_learner_mu, SlowName::none}}};
  for (const auto& [text, streams] : files)
    for (const char* family : {"", "family: dual_stream\n"}) {
      CAPTURE(text, family);
      const auto e = trained(family + text, 0, {"n_runs=1"});
      CHECK(e->config().fast == streams.first);
      CHECK(e->config().slow == streams.second);
      CHECK(resolved(resolved(text).yaml).sha256 == resolved(text).sha256);  // its own config.yaml
    }
  CHECK(trained(kMultiunit, 0, {"n_runs=1"})->model().fast.N == 10000);
  CHECK(trained(kNetwork, 0, {"n_runs=1"})->config().epochs == 350);
}

TEST_CASE("dual stream original: files of one stream give their published curves", "[dual_stream]") {
  check_curve(*trained(kMultiunit, 4, {"problem_types=[2]"}), {0.47121254, 0.36328884}, 1e-6);
  check_curve(*trained(kDistribution, 10),
              {0.0998691559, 0.0425328941, 0.0416774063, 0.0409142113, 0.0317148018, 0.0351981583,
               0.0340696449, 0.0354572754, 0.0309378090, 0.0312935257},
              3e-6);
  check_curve(*trained(kSeveral, 10),
              {0.0482628919, 0.0479393435, 0.0430910015, 0.0505762148, 0.0656965446, 0.0486232758,
               0.0201272249, 0.0399471712, 0.0300027990, 0.0200062776},
              1e-5);
}

TEST_CASE("dual stream original: another file without a family is told so", "[dual_stream]") {
  CHECK_THAT(problem_of("num_blocks: 3\n"), Catch::Contains("family: required key is missing"));
  CHECK_THAT(problem_of("n_units: 2000\nlr: 3\n"), Catch::Contains("family: required key is missing"));
}

TEST_CASE("dual stream original: keys without a choice say what is, or are refused", "[dual_stream]") {
  const std::string nested = "fast: clustering\nslow: dnn\nslow_config: {lr_dnn: 0.1}\n";
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {"slow_config.act_func", "tanh"},      {"slow_config.optim", "adam"},
      {"slow_config.bias", "false"},         {"optim", "adam"},
      {"fast_config.optim", "adam"},         {"fast_config.high_attn_reg_strength", "0.1"},
      {"fast_config.from_logits", "false"},  {"fast_config.lr_clusters_group", "0.5"},
      {"fast_config.model_type", "exemplar"}};
  for (const auto& [key, value] : wrong) {
    CAPTURE(key);
    CHECK_THAT(problem_of(nested, {std::string(key) + "=" + value}),
               Catch::Contains(std::string(key) + ": there is no choice; expected "));
  }
  CHECK(problem_of(nested, {"slow_config.act_func=relu", "slow_config.bias=true", "optim=sgd",
                            "fast_config.high_attn_reg_strength=0."})
            .empty());
}

TEST_CASE("dual stream original: keys that repeat another have its effect or must agree", "[dual_stream]") {
  const std::string nested = "fast: clustering\nslow: dnn\n";
  CHECK_THAT(problem_of(nested + "loss_fn: bcelogits\nslow_config: {loss_fn: crossentropy}\n"),
             Catch::Contains("slow_config.loss_fn: given twice; it stands for loss_fn, which is bcelogits"));
  CHECK(trained(nested + "slow_config: {loss_fn: crossentropy}\n", 0)->config().loss_fn ==
        LossKind::crossentropy);
  CHECK(trained(nested + "fast_config: {random_seed: 7}\n", 0)->config().random_seed == 7);
  CHECK(trained(nested + "random_seed: 999\nfast_config: {random_seed: 999}\n", 0, {"random_seed=7"})
            ->config()
            .random_seed == 7);  // the command line rules
  CHECK(trained(kNetwork, 0, {"slow_config.lr=3", "n_runs=1"})->config().slow_config.lr == 3);
  CHECK_THAT(problem_of(nested + "fast_config: {max_num_clusters: 8, num_clusters: 9}\n"),
             Catch::Contains("num_clusters: given twice"));
}

TEST_CASE("dual stream config: what no stream or task reads is refused", "[dual_stream]") {
  const std::string streams = "fast: distr_learner\nslow: none\n";
  CHECK_THAT(problem_of(streams, {"fast_config.lr_clustering=0.2"}),
             Catch::Contains("fast_config.lr_clustering: is not read by distr_learner"));
  CHECK_THAT(problem_of(streams, {"slow_config.lr=3"}),
             Catch::Contains("slow_config.lr: is not read by slow: none"));
  CHECK_THAT(
      problem_of("fast: multiunit_clustering\nslow: dnn\n", {"fast_config.r=1", "fast_config.momentum=0.5"}),
      Catch::Contains("fast_config.momentum: is not read by multiunit_clustering"));
  CHECK_THAT(problem_of("fast: distr_learner_mu\nslow: dnn\n", {"fast_config.unit_recruit_type=never"}),
             Catch::Contains("unit_recruit_type: is not read by distr_learner_mu"));
  CHECK_THAT(problem_of("task: new_stimuli\nfast: distr_learner\nslow: dnn\n", {"problem_types=[1]"}),
             Catch::Contains("problem_types: is not read by this task"));
  CHECK_THAT(problem_of("task: shj\nfast: clustering\nslow: dnn\n", {"problem_types=[1, 2, 1]"}),
             Catch::Contains("problem_types: a type twice; expected each type once, got type 1 twice"));
}

TEST_CASE("dual stream original: orders of items as .npy, more of them than needed", "[dual_stream]") {
  const TemporaryDirectory folder;
  std::vector<std::int64_t> order;
  for (int i = 0; i < 3 * 4; ++i)
    for (int k = 0; k < 8; ++k) order.push_back((3 * k + i) % 8);
  write_npy(folder / "order.npy", order, "(3, 4, 8)");
  const std::string file = "order_file=" + (folder / "order.npy").string();
  const auto e = trained(kClustering, 1, {file, "n_runs=2", "epochs=2", "problem_types=[6]"});
  const auto other = trained(kClustering, 1, {"n_runs=2", "epochs=2", "problem_types=[6]"});
  CHECK(e->curve(0, lc_total)[0] != other->curve(0, lc_total)[0]);
  const auto problem = [&](const std::string& blocks) -> std::string {
    try {
      trained(kClustering, 0, {file, "n_runs=2", "epochs=" + blocks});
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(problem("5"),
             Catch::Contains("order.npy: expected int64 [run, epoch, item] of at least [2, 5, 8], "
                             "got i64 [3, 4, 8]"));
  write_npy(folder / "order.npy", order, "(3, 5, 8)");
  CHECK_THAT(problem("2"), Catch::Contains("order.npy: expected little-endian"));
}

}  // namespace tsd::dual_stream::test
