#include "families/nback/config.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/engine/schema/key_use.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kPropertyNames = {"location", "identity", "category"};
const std::vector<std::string> kSplitNames = {"novel_angle", "novel_identity"};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

template <class T>
bool has_duplicates(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) != values.end();
}

void describe_task(Schema& s, Config& c) {
  s.choice("mode", c.mode, {{"train", Mode::train}, {"proxy", Mode::proxy}},
           "answers of the n-back task, or proxy: the value of the property n steps back");
  s.field("init_from", c.init_from,
          "directory of a finished run to begin with: its best weights but for the classifier")
      .must_exist()
      .read_before_the_first_step();
  s.field("n_values", c.n_values, "N-back levels, drawn uniformly per sequence")
      .range(1, kMostLevels)
      .length(1, kMostLevels);
  s.field("task_features", c.task_features, "properties to compare, drawn uniformly per sequence")
      .one_of(kPropertyNames)
      .length(1, 3);
  s.field("sequence_length", c.sequence_length, "stimuli per sequence (L)").range(2, 1000).unit("steps");
  s.field("match_probability", c.match_probability, "probability of a match on an executive step (t >= n)")
      .range(0, 1);
}

template <class... Sources>
bool is(const Config& c, Sources... sources) {
  return ((c.stimuli.source == sources) || ...);
}

void describe_data(Schema& s, Config& c) {
  s.field("num_train", c.num_train, "training sequences per epoch").range(1, 1e9).unit("sequences");
  s.field("num_val", c.num_val, "sequences per validation split").range(1, 1e8).unit("sequences");
  s.field("num_val_novel_angle", c.num_val_novel_angle, "the same for novel_angle alone")
      .range(1, 1e8)
      .unit("sequences");
  s.field("num_val_novel_identity", c.num_val_novel_identity, "the same for novel_identity alone")
      .range(1, 1e8)
      .unit("sequences");
  s.field("validation", c.validation, "splits to validate on after each epoch; [] for none")
      .one_of(kSplitNames)
      .length(0, 2);
  s.field("batch_size", c.batch_size, "sequences per batch (B)").range(1, 1e6).unit("sequences");
  s.field("cache_train_sequences", c.cache_train_sequences,
          "draw the training sequences once and shuffle them each epoch, instead of drawing new ones");
  s.choice("rng", c.rng, {{"reference", Rng::reference}, {"fast", Rng::fast}},
           "sequences from Python's random, draw for draw, or from a counter-based generator");
  s.group("stimuli", c.stimuli, "what is seen, and how it is split into training and validation");
  s.group("backbone", c.backbone, "the frozen network that turns an image into features")
      .at("weights")
      .unread_where([&c] {
        return is(c, StimuliSource::features, StimuliSource::synthetic)
                   ? "stimuli.source: features or synthetic"
                   : "";
      });
}

void describe_model(Schema& s, Config& c) {
  s.choice("rnn_type", c.rnn_type, {{"rnn", Cell::rnn}, {"gru", Cell::gru}, {"lstm", Cell::lstm}},
           "recurrent cell");
  s.field("hidden_size", c.hidden_size, "recurrent units (H)").range(1, 16384).unit("units");
  s.field("num_layers", c.num_layers, "stacked recurrent layers").range(1, 64);
  s.field("dropout", c.dropout, "dropout between recurrent layers (none with one layer)")
      .at_least(0)
      .below(1)
      .may_change();
  s.field("classifier_layers", c.classifier_layers, "hidden sizes of the classifier; [] for a linear one")
      .range(1, 65536);
  s.choice("model_type", c.with_attention, {{"baseline", false}, {"attention", true}},
           "without or with a feature gate");
  s.choice("attention_mode", c.attention_mode,
           {{"task_only", Attention::task_only}, {"dual", Attention::dual}},
           "what the gate depends on: the task, or task and stimulus");
  s.field("attention_hidden_dim", c.attention_hidden_dim,
          "units of the gate's hidden layers (D); null for hidden_size")
      .range(1, 16384)
      .unit("units");
  s.field("attention_dropout", c.attention_dropout, "dropout inside the gate")
      .at_least(0)
      .below(1)
      .may_change();
  describe_backend(s, c.backend);
}

void describe_learning(Schema& s, Config& c) {
  s.field("epochs", c.epochs, "passes over num_train sequences").range(1, 1e6).unit("epochs").may_change();
  s.field("lr", c.lr, "AdamW step size").above(0).may_change();
  s.field("weight_decay", c.weight_decay, "AdamW decoupled decay").at_least(0).may_change();
  s.field("milestones", c.milestones, "epochs after which lr is multiplied by gamma")
      .range(1, 1e6)
      .unit("epochs")
      .may_change();
  s.field("gamma", c.gamma, "factor of lr at each milestone").above(0).may_change();
  s.field("grad_clip", c.grad_clip, "largest L2 norm of the whole gradient; 0: off").at_least(0).may_change();
  s.field("label_smoothing", c.label_smoothing, "mass moved from the target to all three responses")
      .at_least(0)
      .below(1)
      .may_change();
  s.field("no_action_loss_weight", c.no_action_loss_weight, "weight of the loss on trivial steps (lambda)")
      .at_least(0)
      .may_change();
  s.field("mask_trivial_steps", c.mask_trivial_steps,
          "separate executive (t >= n) from trivial steps in the loss");
  s.field("selection_metric", c.selection_metric, "metric whose largest value selects the best epoch");
  s.field("early_stopping_patience", c.early_stopping_patience,
          "epochs without a better selection metric before the run ends; 0: never")
      .range(0, 1e6)
      .unit("epochs")
      .may_change();
}

void describe_results(Schema& s, Config& c) {
  s.field("save_hidden", c.save_hidden, "write hidden states of the validation sequences");
  s.choice("save_hidden_epochs", c.save_hidden_epochs,
           {{"best", HiddenEpochs::best},
            {"last", HiddenEpochs::last},
            {"all", HiddenEpochs::all},
            {"listed", HiddenEpochs::listed}},
           "after which epochs; listed: those of hidden_epochs");
  s.field("hidden_epochs", c.hidden_epochs, "epochs for save_hidden_epochs: listed")
      .range(1, 1e6)
      .unit("epochs");
  s.group("analysis", c.analysis, "what tsd analyze looks at");
}

}  // namespace

namespace {

// Of the original's files: what has one value here.
void describe_original(Schema& s) {
  s.alias("experiment_name", "/description");
  for (const char* key :
       {"use_real_stimuli", "pretrained_backbone", "freeze_backbone", "cache_val_sequences"})
    s.fixed(key, {"true"});
}

}  // namespace

std::optional<Settings> recognise(const Settings& given) {
  if (given.contains("family")) return std::nullopt;
  for (const char* key : {"n_values", "task_features", "sequence_length"})
    if (!given.contains(key)) return std::nullopt;
  return Settings{{"match_probability", "0.3"}};
}

void describe(Schema& schema, Config& c) {
  describe_original(schema);
  describe_task(schema, c);
  describe_data(schema, c);
  describe_model(schema, c);
  describe_learning(schema, c);
  describe_results(schema, c);
}

namespace {

// Given without what reads them, they are a mistake.
std::vector<KeyUse> key_uses(const Config& c) {
  using enum StimuliSource;
  const auto validated = [&](const char* split) { return std::ranges::count(c.validation, split) > 0; };
  // The original's files without a gate may name its width.
  const bool is_usual = c.attention_hidden_dim.value_or(c.hidden_size) == c.hidden_size;
  return {
      {{"attention_mode", "attention_dropout"}, c.with_attention, "model_type: attention"},
      {{"attention_hidden_dim"}, c.with_attention || is_usual, "model_type: attention"},
      {{"num_val_novel_angle"}, validated("novel_angle"), "novel_angle in validation"},
      {{"num_val_novel_identity"}, validated("novel_identity"), "novel_identity in validation"},
      {{"hidden_epochs"},
       !c.save_hidden || c.save_hidden_epochs == HiddenEpochs::listed,
       "save_hidden_epochs: listed"},
      {{"stimuli.path"}, is(c, shapenet, images, features), "stimuli.source: shapenet, images or features"},
      {{"stimuli.categories"}, is(c, shapenet), "stimuli.source: shapenet"},
      {{"stimuli.compositing"}, is(c, grammar, box, shapenet), "stimuli.source: grammar, box or shapenet"},
      {{"stimuli.seed"}, is(c, grammar, synthetic), "stimuli.source: grammar or synthetic"}};
}

// Of the given milestones those that the last epoch comes before, where others are reached.
void add_late_milestones(const Config& c, std::vector<UnusedKey>& unused) {
  const auto late = std::ranges::lower_bound(c.milestones, c.epochs);
  if (late == c.milestones.end() || c.milestones == Config().milestones) return;
  std::vector<std::string> names;
  for (auto milestone = late; milestone != c.milestones.end(); ++milestone)
    names.push_back(std::to_string(*milestone));
  unused.push_back({"milestones " + joined(names), "more epochs than " + std::to_string(c.epochs), ""});
}

}  // namespace

// A switch on the command line leaves them where they are in a file, so that they are told, not refused.
std::vector<UnusedKey> switched_off(const Config& c) {
  using enum StimuliSource;
  const bool all_counted = c.num_val_novel_angle && c.num_val_novel_identity;
  const bool reached = c.milestones.empty() || c.milestones.front() < c.epochs;
  std::vector<UnusedKey> unused = unused_keys(
      c,
      {{{"label_smoothing", "no_action_loss_weight", "mask_trivial_steps"},
        c.mode == Mode::train,
        "mode: train"},
       {{"no_action_loss_weight"}, c.mode == Mode::proxy || c.mask_trivial_steps, "mask_trivial_steps: true"},
       {{"num_val"}, !c.validation.empty() && !all_counted, "a split to validate on"},
       {{"gamma"}, !c.milestones.empty(), "milestones"},
       {{"gamma", "milestones"}, reached, "more epochs than the first milestone"},
       {{"dropout"}, c.num_layers > 1, "num_layers above 1"},
       {{"save_hidden_epochs", "hidden_epochs"}, c.save_hidden, "save_hidden: true"},
       {{"stimuli.identities"}, !is(c, images, features), "stimuli.source: other than images and features"},
       {{"backbone.arch", "backbone.weights", "backbone.bn", "backbone.blocks", "backbone.pooling"},
        !is(c, features, synthetic),
        "stimuli.source: other than features and synthetic"}});
  if (reached) add_late_milestones(c, unused);
  return unused;
}

void check(const Config& c, Problems& problems) {
  refuse(unused_keys(c, key_uses(c)), problems);
  const int n_max = *std::max_element(c.n_values.begin(), c.n_values.end());
  if (n_max >= c.sequence_length)
    problems.add("n_values", "no executive step is left",
                 "n below sequence_length " + std::to_string(c.sequence_length), std::to_string(n_max));
  if (has_duplicates(c.n_values))
    problems.add("n_values", "repeats a value", "distinct values", "a repetition");
  if (has_duplicates(c.task_features))
    problems.add("task_features", "repeats a value", "distinct values", "a repetition");
  if (has_duplicates(c.validation))
    problems.add("validation", "repeats a split", "distinct splits", "a repetition");
  if (!std::is_sorted(c.milestones.begin(), c.milestones.end()) || has_duplicates(c.milestones))
    problems.add("milestones", "not in increasing order", "increasing epochs", "another order");
  const auto metrics = c.metric_names();
  if (std::find(metrics.begin(), metrics.end(), c.selection_metric) == metrics.end())
    problems.add("selection_metric", "not a metric of this run", "one of " + joined(metrics),
                 c.selection_metric);
  if (c.save_hidden && c.save_hidden_epochs == HiddenEpochs::listed) {
    if (c.hidden_epochs.empty())
      problems.add("hidden_epochs", "no epoch is listed", "at least one epoch", "[]");
    for (int epoch : c.hidden_epochs)
      if (epoch > c.epochs)
        problems.add("hidden_epochs", "beyond the last epoch", "at most " + std::to_string(c.epochs),
                     std::to_string(epoch));
  }
  nback::check(problems, c.stimuli);
  const bool tabular =
      c.stimuli.source == StimuliSource::features || c.stimuli.source == StimuliSource::synthetic;
  if (!tabular) nback::check(c.backbone, problems);
  if (c.backbone.bn == BnMode::live) {
    if (tabular) problems.add("backbone.bn", "live needs images", "recalibrated or imagenet", "live");
    if (c.backbone.standardize != Standardize::none)
      problems.add("backbone.standardize", "features change with every batch when bn is live", "none",
                   name_of(c.backbone.standardize));
  }
}

std::vector<std::string> Config::metric_names() const {
  std::vector<std::string> names = {"train_acc", "train_masked_acc"};
  for (const auto& split : validation)
    for (const char* kind : {"_acc", "_acc_masked"}) names.push_back("val_" + split + kind);
  return names;
}

ModelSpec Config::model_spec(int features) const {
  ModelSpec spec;
  spec.F = features;
  spec.H = hidden_size;
  spec.levels = levels();
  spec.layers = num_layers;
  spec.cell = rnn_type;
  spec.dropout = dropout;
  spec.classifier_layers = classifier_layers;
  spec.attention = with_attention ? attention_mode : Attention::none;
  spec.D = attention_hidden_dim.value_or(hidden_size);
  spec.attention_dropout = attention_dropout;
  return spec;
}

LossSpec Config::loss_spec() const {
  LossSpec spec;
  spec.no_action_weight = no_action_loss_weight;
  spec.label_smoothing = label_smoothing;
  spec.mask_trivial_steps = mask_trivial_steps;
  return spec;
}

UpdateSpec Config::update_spec(int epoch) const {
  const auto passed = std::count_if(milestones.begin(), milestones.end(), [&](int m) { return m < epoch; });
  return {lr * std::pow(gamma, static_cast<double>(passed)), weight_decay, grad_clip};
}

int Config::levels() const {
  int most = kLevels;
  for (const int n : n_values) most = std::max(most, n);
  return most;
}

int Config::validation_sequences(const std::string& split) const {
  return (split == "novel_angle" ? num_val_novel_angle : num_val_novel_identity).value_or(num_val);
}

std::vector<Property> Config::properties() const {
  std::vector<Property> all;
  for (const auto& name : task_features)
    all.push_back(static_cast<Property>(std::find(kPropertyNames.begin(), kPropertyNames.end(), name) -
                                        kPropertyNames.begin()));
  return all;
}

}  // namespace tsd::nback
