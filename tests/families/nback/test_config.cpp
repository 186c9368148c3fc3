// Keys that nothing reads are refused, with what would read them, or told where a switch is to blame.
#include "families/nback/config.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/nback.hpp"

namespace tsd::nback {
namespace {

std::string problems(const std::vector<std::string>& overrides) {
  const std::vector<Family> families = {family()};
  try {
    ConfigFile(TSD_SOURCE_DIR "/configs/nback/smoke.yaml", families).resolve(std::nullopt, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// The last of `words` is what is refused.
void check_refused(const std::vector<std::string>& words, const std::string& by) {
  CAPTURE(words);
  const std::string key = words.back().substr(0, words.back().find('='));
  CHECK_THAT(problems(words),
             Catch::Contains(key + ": without effect; expected " + by + ", or not to be set"));
}

}  // namespace

TEST_CASE("nback config: keys of the gate are refused without a gate") {
  for (const char* word : {"attention_mode=dual", "attention_hidden_dim=64", "attention_dropout=0.2"}) {
    check_refused({word}, "model_type: attention");
    CHECK(problems({"model_type=attention", word}) == "");
  }
}

TEST_CASE("nback config: keys that other keys switch off are refused") {
  check_refused({"validation=[novel_identity]", "selection_metric=train_acc", "num_val_novel_angle=9"},
                "novel_angle in validation");
  check_refused({"validation=[novel_angle]", "num_val_novel_identity=9"}, "novel_identity in validation");
  check_refused({"hidden_epochs=[1]"}, "save_hidden_epochs: listed");
  CHECK(problems({"validation=[novel_angle]", "num_val_novel_angle=9"}) == "");
  CHECK(problems({"save_hidden_epochs=listed", "hidden_epochs=[1]"}) == "");
}

TEST_CASE("nback config: keys of other stimuli are refused") {
  const std::string here = TSD_SOURCE_DIR;
  check_refused({"stimuli.path=" + here}, "stimuli.source: shapenet, images or features");
  check_refused({"stimuli.categories=[car, chair]"}, "stimuli.source: shapenet");
  check_refused({"stimuli.compositing=centred"}, "stimuli.source: grammar, box or shapenet");
  check_refused({"stimuli.source=box", "stimuli.seed=3"}, "stimuli.source: grammar or synthetic");
}

TEST_CASE("nback config: weights of a network that nothing is shown to are no input") {
  const std::vector<Family> families = {family()};
  const ConfigFile file(TSD_SOURCE_DIR "/configs/nback/smoke.yaml", families);
  const std::string weights = "backbone.weights=" TSD_SOURCE_DIR "/README.md";
  CHECK(file.resolve(std::nullopt, {weights}).inputs.empty());
  const auto inputs = file.resolve(std::nullopt, {weights, "stimuli.source=grammar"}).inputs;
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].key == "backbone.weights");
}

TEST_CASE("nback config: keys that a switch leaves without effect are told") {
  const auto told = [](const std::vector<std::string>& words) {
    const std::vector<Family> families = {family()};
    const ConfigFile file(TSD_SOURCE_DIR "/configs/nback/smoke.yaml", families);
    const auto run = file.resolve(std::nullopt, words);
    std::vector<std::string> keys;
    for (const UnusedKey& key :
         switched_off(static_cast<const NbackConfiguration&>(*run.configuration).config()))
      keys.push_back(key.key);
    return keys;
  };
  using Keys = std::vector<std::string>;
  CHECK(told({}).empty());
  CHECK(told({"mode=proxy", "selection_metric=train_acc", "label_smoothing=0.1"}) == Keys{"label_smoothing"});
  CHECK(told({"mask_trivial_steps=false", "no_action_loss_weight=0.2"}) == Keys{"no_action_loss_weight"});
  CHECK(told({"validation=[]", "selection_metric=train_acc"}) == Keys{"num_val"});
  CHECK(told({"num_val_novel_angle=9", "num_val_novel_identity=9"}) == Keys{"num_val"});
  CHECK(told({"milestones=[]", "gamma=0.5"}) == Keys{"gamma"});
  CHECK(told({"milestones=[4, 6]", "gamma=0.5"}) == Keys{"gamma", "milestones"});  // of 4 epochs
  CHECK(told({"milestones=[2, 3]", "gamma=0.5"}).empty());
  CHECK(told({"milestones=[3, 4, 6]", "gamma=0.5"}) == Keys{"milestones 4, 6"});
  CHECK(told({"dropout=0.2"}) == Keys{"dropout"});
  CHECK(told({"num_layers=2", "dropout=0.2"}) == Keys{});
  CHECK(told({"save_hidden=false"}) == Keys{"save_hidden_epochs"});
  CHECK(told({"backbone.bn=imagenet"}) == Keys{"backbone.bn"});
  CHECK(told({"stimuli.source=features", "stimuli.path=" TSD_SOURCE_DIR}) == Keys{"stimuli.identities"});
}

TEST_CASE("nback config: a TorchScript network brings its weights and norms") {
  const std::string said =
      problems({"stimuli.source=grammar", "backbone.arch=torchscript", "backbone.blocks=3"});
  CHECK_THAT(said, Catch::Contains("backbone.weights: arch torchscript has no weights of its own"));
  CHECK_THAT(said,
             Catch::Contains("backbone.bn: the norms of a TorchScript network are as they were exported"));
  CHECK_THAT(said, Catch::Contains("backbone.blocks: a TorchScript network is run as a whole"));
}

TEST_CASE("nback config: a file of the original is read as it is, without a family", "[config]") {
  const test::TemporaryDirectory folder;
  const std::vector<Family> families = {family()};
  const std::string own =
      "experiment_name: wm_stmf\nscenario: STMF\nuse_real_stimuli: true\nn_values: [2]\n"
      "task_features: [location, identity, category]\nsequence_length: 6\nbatch_size: 32\nnum_train: 30000\n"
      "num_val: 400\nnum_test: 200\nnum_workers: 4\nmodel_type: baseline\nrnn_type: gru\nhidden_size: 128\n"
      "num_layers: 1\ndropout: 0.05\npretrained_backbone: true\nfreeze_backbone: true\n"
      "classifier_layers: []\nattention_hidden_dim: 128\nepochs: 45\nlr: 0.0001\nweight_decay: 0.0001\n"
      "milestones: [20, 25]\ngamma: 0.1\ngrad_clip: 1.0\nsave_hidden: true\nsave_visualizations: true\n"
      "num_visualizations: 3\n";
  test::spit(folder / "wm_stmf.yaml", own);
  const auto run = ConfigFile(folder / "wm_stmf.yaml", families).resolve(std::nullopt, {});
  const Config& config = static_cast<const NbackConfiguration&>(*run.configuration).config();
  CHECK(config.num_train == 30000);
  CHECK(config.match_probability == 0.3);  // the original's default
  CHECK(run.yaml.find("description: wm_stmf") != std::string::npos);
  test::spit(folder / "labelled.yaml", "family: nback\n" + own);  // no longer the original's
  CHECK_THROWS_WITH(ConfigFile(folder / "labelled.yaml", families).resolve(std::nullopt, {}),
                    Catch::Contains("num_test: unknown key"));
  test::spit(folder / "other.yaml", own + "cache_val_sequences: false\n");
  CHECK_THROWS_AS(ConfigFile(folder / "other.yaml", families).resolve(std::nullopt, {}), ConfigError);
}

}  // namespace tsd::nback
