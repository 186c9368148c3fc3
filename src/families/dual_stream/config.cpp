#include "families/dual_stream/config.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::dual_stream {

namespace {

void describe_clustering(Schema& s, FastConfig& c) {
  s.field("max_num_clusters", c.max_num_clusters, "clustering: slots, one per item; null: as many as items")
      .at_least(1);
  s.field("in_features", c.in_features, "clustering: features of an item; null: those of the task")
      .at_least(1);
  s.field("r", c.r,
          "exponent of distances; 1 city-block, 2 Euclidean, which multiunit_clustering is restricted to")
      .above(0);
  s.field("q", c.q, "clustering: exponent of similarity").above(0);
  s.field("specificity", c.specificity, "clustering: how steeply similarity falls").above(0);
  s.field("beta", c.beta, "clustering: competition").at_least(0);
  s.field("temp_competition", c.temp_competition,
          "clustering: equivalent, for competition by the power beta, or the temperature of a softmax");
  s.field("temp_softwta", c.temp_softwta, "clustering: temperature of the soft winner-take-all").above(0);
  s.field("thr", c.thr, "clustering: support below which a cluster is recruited");
  s.field("lr_clustering", c.lr_clustering, "clustering: learning rate, times the three multipliers")
      .at_least(0)
      .may_change();
  s.field("center_lr_multiplier", c.center_lr_multiplier, "of centres").at_least(0).may_change();
  s.field("high_attn_lr_multiplier", c.high_attn_lr_multiplier, "of attention").at_least(0).may_change();
  s.field("asso_lr_multiplier", c.asso_lr_multiplier, "of association weights").at_least(0).may_change();
  s.field("high_attn_constraint", c.high_attn_constraint, "clustering: sumtoone; anything else: none");
}

void describe_multiunit(Schema& s, FastConfig& c) {
  s.field("n_units", c.n_units, "multiunit_clustering: units").range(1, 1e6);
  s.field("phi", c.phi, "multiunit_clustering: gain of the logits").above(0);
  s.field("lr_clusters", c.lr_clusters, "multiunit_clustering: rate of both position updates")
      .range(0, 1)
      .may_change();
  s.field(
      "attn_type", c.attn_type,
      "attention learns: multiunit_clustering where this ends in local, exemplar and exemplar_mu where it "
      "begins with dim; exemplar_kde: pernode for a covariance of each exemplar, else one for all");
  s.field("ties", c.ties,
          "multiunit_clustering: which of equal units win: PyTorch's order, or the lowest index")
      .one_of({"torch", "lowest_index"});
  s.field("noise", c.noise, "of the original's files, where it is always off: None, none, 0 or false");
  s.field("lesion", c.lesion, "of the original's files, where it is always off: None, none, 0 or false");
}

void describe_distribution(Schema& s, FastConfig& c) {
  s.field(
       "max_nunits", c.max_nunits,
       "distribution learners, exemplars: units; null: 50, distr_learner_mu, distr_learner_wta_mu and exemplars 500")
      .range(1, 1e6);
  s.field("n_dims", c.n_dims, "features of an item; null: those of the task").at_least(1);
  s.field("attn_weighting", c.attn_weighting, "distribution learners, exemplar_kde: variance of a fresh unit")
      .above(0);
  s.field("lr_units", c.lr_units, "distribution learners: rate of positions").at_least(0).may_change();
  s.field("momentum", c.momentum, "of the fast stream; multiunit_clustering has none").at_least(0).below(1);
  s.field("unit_recruit_type", c.unit_recruit_type,
          "distr_learner, distr_learner_wta: feedback recruits after errors; else never");
  s.choice("covariance", c.covariance, {{"diagonal", Covariance::diagonal}, {"full", Covariance::full}},
           "distribution learners: kept diagonal in every trial, as in the published runs, or free; "
           "exemplar_kde, distr_learner_wta_mu: always free");
  s.choice(
      "if_full", c.if_full, {{"learn", IfFull::learn}, {"rest", IfFull::rest}},
      "distribution learners in trials in which recruitment is due but no unit is left: learn as ever, or "
      "nothing");
  s.field("novelty", c.novelty, "exemplars: distance from the nearest exemplar at which an item becomes one")
      .at_least(0);
  s.field("p", c.p, "exemplar, exemplar_mu: exponent of similarity").above(0);
  s.field("Phi", c.Phi, "gain of the logits; null: clustering 10, else 1").above(0);
  s.field(
       "k", c.k,
       "fraction of the units that answer (multiunit_clustering; null: 0.005; distr_learner_wta_mu; null: 0.01) or "
       "are recruited at once (distr_learner_mu, exemplar_mu; null: 0.01)")
      .above(0)
      .range(1e-9, 1);
  s.field("c", c.c, "specificity; null: multiunit_clustering 0.2, exemplar and exemplar_mu 6").above(0);
  s.field("lr_nn", c.lr_nn, "rate of association weights; null: multiunit_clustering 0.0035, else 0.025")
      .at_least(0)
      .may_change();
  s.field("lr_attn", c.lr_attn,
          "rate of attention or Cholesky factors; null: multiunit_clustering 3, exemplars 0.01, else 0.002")
      .at_least(0)
      .may_change();
}

}  // namespace

void describe(Schema& s, FastConfig& c) {
  describe_clustering(s, c);
  describe_multiunit(s, c);
  describe_distribution(s, c);
  s.alias("num_clusters", "max_num_clusters");
  s.alias("out_features", "in_features");
  s.alias("n_classes", "/slow_config.output_size");
  s.alias("loss_fn", "/loss_fn");
  s.alias("random_seed", "/random_seed");
  s.fixed("optim", {"sgd"});
  s.fixed("from_logits", {"true"});
  s.fixed("high_attn_regularizer", {"entropy"});
  s.fixed("high_attn_reg_strength", {"0"});
  s.fixed("model_type", {"clustering"});
  s.fixed("lr_clusters_group", {"0.25"});
}

void describe(Schema& s, SlowConfig& c) {
  s.field("input_size", c.input_size, "features of an item; null: those of the task").at_least(1);
  s.field("output_size", c.output_size, "classes; null: those of the task").at_least(2);
  s.field("n_units", c.n_units, "units of each hidden layer").range(1, 65536);
  s.field("networks_depth", c.networks_depth, "hidden layers").range(1, 64);
  s.field("lr", c.lr, "learning rate").at_least(0).formerly("lr_dnn").may_change();
  s.field("mom", c.mom, "momentum of the slow stream").at_least(0).below(1);
  s.field("dropout", c.dropout, "dropout from the second hidden layer on, also while curves are measured")
      .at_least(0)
      .below(1);
  s.alias("n_classes", "output_size");
  s.alias("n_sims", "/n_runs");
  s.alias("n_epochs", "/epochs");
  s.alias("loss_fn", "/loss_fn");
  s.alias("random_seed", "/random_seed");
  s.fixed("optim", {"sgd"});
  s.fixed("act_func", {"relu"});
  s.fixed("bias", {"true"});
}

void describe(Schema& s, Consolidation& c) {
  s.field("gate", c.gate, "factor of the fast stream's logits in the sum").at_least(0).may_change();
  s.field("anneal_from", c.anneal_from, "epoch from which the gate falls linearly to 0; null: never")
      .at_least(0)
      .may_change();
  s.field("anneal_epochs", c.anneal_epochs, "epochs that the fall takes")
      .at_least(1)
      .unit("epochs")
      .may_change();
  s.field("replay", c.replay,
          "trials after each epoch in which the slow stream learns what the fast one answers at the place of "
          "one "
          "of its units")
      .at_least(0)
      .unit("trials");
  s.choice("teacher", c.teacher, {{"shared", Teacher::shared}, {"separate", Teacher::separate}},
           "both streams learn from the loss of the sum, or each from its own");
  s.choice("lesion", c.lesion, {{"none", Lesion::none}, {"fast", Lesion::fast}, {"slow", Lesion::slow}},
           "stream that is silent in the final test");
}

void describe(Schema& s, RivalValues& r) {
  for (std::size_t i = 0; i < r.facts.parameters.size(); ++i) {
    const RivalParameter& p = r.facts.parameters[i];
    s.field(p.key, r.values[i], p.meaning).range(p.low, p.high);
  }
}

std::vector<std::pair<std::string, FastName>> fast_names() {
  std::vector<std::pair<std::string, FastName>> all = {
      {"none", FastName::none},
      {"clustering", FastName::clustering},
      {"multiunit_clustering", FastName::multiunit_clustering},
      {"distr_learner", FastName::distr_learner},
      {"distr_learner_mu", FastName::distr_learner_mu},
      {"distr_learner_wta", FastName::distr_learner_wta},
      {"distr_learner_wta_mu", FastName::distr_learner_wta_mu},
      {"exemplar", FastName::exemplar},
      {"exemplar_mu", FastName::exemplar_mu},
      {"exemplar_kde", FastName::exemplar_kde}};
  for (std::size_t i = 0; i < rivals().size(); ++i)
    all.emplace_back(rivals()[i].name,
                     static_cast<FastName>(static_cast<std::size_t>(FastName::first_rival) + i));
  return all;
}

namespace {

void describe_streams(Schema& s, Config& c) {
  s.field("config_version", c.config_version, "label");
  s.choice(
      "fast", c.fast, fast_names(),
      "fast stream; distr_learner_wta, distr_learner_wta_mu and exemplars preceded the published ones; from gcm on: a model of "
      "other authors in its place, alone");
  s.choice("slow", c.slow, {{"none", SlowName::none}, {"dnn", SlowName::dnn}}, "slow stream");
  s.choice("loss_fn", c.loss_fn,
           {{"bcelogits", LossKind::bcelogits}, {"crossentropy", LossKind::crossentropy}},
           "loss of the summed logits");
  s.field("epochs", c.epochs, "passes over all items").range(1, 1e6).unit("epochs").formerly("num_blocks");
  s.field("n_runs", c.n_runs, "simulated participants per problem").range(1, 1e5).formerly("num_runs");
  s.group("fast_config", c.fast_config, "the fast stream; keys of other fast streams are refused");
  s.group("slow_config", c.slow_config, "the slow stream: affine layers with ReLU");
  s.group("consolidation", c.consolidation, "what passes between the streams beyond the shared loss");
  for (std::size_t i = 0; i < rivals().size(); ++i) {
    RivalValues values{rivals()[i], c.rival_parameters[i]};
    s.group(values.facts.name, values,
            "parameters of fast: " + values.facts.name + ", " + values.facts.meaning);
  }
}

void describe_fit(Schema& s, Config& c) {
  s.group("fit", c.fit,
          "numbers that are searched, so that the run comes near to people or to another run (tsd fit)");
}

void describe_task(Schema& s, Config& c) {
  s.choice("task", c.task,
           {{"auto", Task::automatic},
            {"shj", Task::shj},
            {"new_stimuli", Task::new_stimuli},
            {"file", Task::file}},
           "the cube of Shepard et al., two Gaussian categories, or stimuli_file; auto: file if one is "
           "given, else "
           "shj for 3 features and new_stimuli for 2");
  s.field("problem_types", c.problem_types, "types of the task shj").range(1, 6).length(1, 6);
  s.field("stimuli_file", c.stimuli_file, "items and classes, CSV or HDF5").must_exist().kept_in_results();
  s.field("held_out", c.held_out, "items that are not shown in training, but in the final test").at_least(0);
}

void describe_randomness(Schema& s, Config& c) {
  s.field("random_seed", c.random_seed, "of the items' order").at_least(0).own_seed([&c] {
    if (c.draws_weights() || (c.shuffle && !c.order_file)) return "";
    return c.shuffle ? "order_file" : "shuffle: false";
  });
  s.choice("rng", c.rng, {{"reference", Rng::reference}, {"fast", Rng::fast}},
           "NumPy's and torch's streams as in the original, or one independent stream per participant")
      .formerly("independent", "fast");
  s.field("shuffle", c.shuffle, "show the items in a new order in each epoch; false: always as they stand");
  s.choice(
      "procedure", c.procedure, {{"epochs", Procedure::epochs}, {"nosofsky1994", Procedure::nosofsky1994}},
      "order of the items: a new one in each epoch, or that of the experiment with people: from the third "
      "epoch on two together, each item twice in any order");
  s.field("order_file", c.order_file,
          "HDF5 with /order [run, epoch, item], or that as .npy, instead of other orders")
      .must_exist()
      .read_before_the_first_step();
  s.field(
       "init_file", c.init_file,
       "trained streams to start from, those of the original after scripts/reference/converters/dual_stream_convert.py")
      .must_exist()
      .read_before_the_first_step();
  s.field("init_seed", c.init_seed,
          "torch's seed of the slow stream's initial weights; null: from seed and random_seed, of "
          "multiunit_clustering random_seed")
      .range(0, 4294967295)
      .own_seed([&c] { return c.draws_weights() ? "" : "slow: none"; });
  s.field("init_offset", c.init_offset, "numbers of torch's stream that are passed over first").at_least(0);
  s.field("init_across_types", c.init_across_types,
          "the stream runs on from one problem to the next, instead of beginning anew");
  s.choice("reseed", c.reseed,
           {{"auto", Reseed::automatic}, {"each_run", Reseed::each_run}, {"once", Reseed::once}},
           "whether that stream begins anew with each participant; auto: of multiunit_clustering");
}

void describe_records(Schema& s, Config& c) {
  s.field("honour_momentum", c.honour_momentum,
          "momentum and mom count where both streams learn, too, as in the original");
  s.choice("accumulate", c.accumulate, {{"float32", Accumulate::float32}, {"float64", Accumulate::float64}},
           "precision of the running sums over runs and trials; float32 as published");
  s.choice(
      "on_divergence", c.on_divergence, {{"stop", OnDivergence::stop}, {"drop", OnDivergence::drop}},
      "a run that stops being finite: its problem ends and has no curves, or the curves are of the others");
  s.field("save_trials", c.save_trials, "keep logits and recruitment of each trial");
  s.field("save_init", c.save_init, "keep the slow stream's initial weights");
  s.field("map_points", c.map_points, "analysis maps: points per side of the plane of two features; 0: 101")
      .range(0, 2000)
      .read_by({"maps"});
  s.field("ref", c.ref, "analysis reference: folder of published curves (.npy)")
      .must_exist()
      .read_by({"reference"});
  s.field("ref_name", c.ref_name,
          "analysis reference: subfolder, {} being the index; empty: config_version, or ref itself")
      .read_by({"reference"});
  describe_backend(s, c.backend);
}

// Keys of the flat layout stand at the root.
void describe_flat(Schema& s) {
  for (const char* key : {"max_num_clusters",
                          "in_features",
                          "r",
                          "q",
                          "specificity",
                          "beta",
                          "temp_competition",
                          "temp_softwta",
                          "thr",
                          "lr_clustering",
                          "center_lr_multiplier",
                          "high_attn_lr_multiplier",
                          "asso_lr_multiplier",
                          "high_attn_constraint",
                          "Phi",
                          "phi",
                          "c",
                          "k",
                          "lr_nn",
                          "lr_attn",
                          "lr_clusters",
                          "attn_type",
                          "noise",
                          "lesion",
                          "n_dims",
                          "max_nunits",
                          "attn_weighting",
                          "lr_units",
                          "momentum",
                          "unit_recruit_type",
                          "p"})
    s.alias(key, std::string("fast_config.") + key);
  for (const char* key : {"input_size", "output_size", "n_units", "networks_depth", "mom", "dropout"})
    s.alias(key, std::string("slow_config.") + key);
  s.alias("lr_dnn", "slow_config.lr");
  s.alias("n_sims", "n_runs");
  s.alias("n_epochs", "epochs");
  s.alias("n_classes", "slow_config.output_size");
  s.alias("num_clusters", "fast_config.max_num_clusters");
  s.alias("out_features", "fast_config.in_features");
  s.fixed("optim", {"sgd"});
  s.fixed("act_func", {"relu"});
  s.fixed("bias", {"true"});
  s.fixed("from_logits", {"true"});
  s.fixed("high_attn_regularizer", {"entropy"});
  s.fixed("high_attn_reg_strength", {"0"});
  s.fixed("model_type", {"clustering"});
  s.fixed("lr_clusters_group", {"0.25"});
}

bool is_off(const std::string& text) {
  return text == "None" || text == "none" || text == "0" || text == "false" || text == "0.0" || text == "0.";
}

bool has_original(FastName name) {
  return name == FastName::none || name == FastName::clustering || name == FastName::multiunit_clustering ||
         name == FastName::distr_learner || name == FastName::distr_learner_mu;
}

void check_rival(const Config& c, Problems& problems) {
  if (!c.is_rival()) return;
  const std::string name = rivals()[c.rival()].name;
  if (c.slow != SlowName::none) problems.add("slow", "no stream beside " + name, "none", "dnn");
  if (c.backend == BackendChoice::torch)
    problems.add("backend", "no such implementation of " + name, "auto or native", "torch");
  const Consolidation& o = c.consolidation;
  if (o.gate != 1 || o.anneal_from || o.replay > 0 || o.teacher == Teacher::separate ||
      o.lesion != Lesion::none)
    problems.add("consolidation", "needs streams, and " + name + " has none", "defaults", "other values");
}

void check_streams(const Config& c, Problems& problems) {
  if (c.fast == FastName::none && c.slow == SlowName::none)
    problems.add("fast", "no stream at all", "a fast or a slow stream", "fast: none, slow: none");
  const FastConfig& f = c.fast_config;
  for (const auto& [key, value] : {std::pair{"fast_config.noise", f.noise}, {"fast_config.lesion", f.lesion}})
    if (!is_off(value)) problems.add(key, "is always off", "None", value);
  const auto temperature = temperature_of(f);
  if (f.temp_competition != "equivalent" && (!temperature || !(*temperature > 0)))
    problems.add("fast_config.temp_competition", "unknown", "equivalent or a temperature above 0",
                 f.temp_competition);
  if (c.fast == FastName::multiunit_clustering && f.r != 1 && f.r != 2)
    problems.add("fast_config.r", "not an exponent of multiunit_clustering", "1 or 2", number_text(f.r));
  const auto recruits = [&](const char* key, int units, double k) {
    if (units * k < 1)
      problems.add("fast_config.k", "no unit at all",
                   std::string("at least 1 of ") + std::to_string(units) + " " + key, number_text(k));
  };
  if (c.fast == FastName::multiunit_clustering) recruits("n_units", f.n_units, f.k.value_or(0.005));
  if (c.fast == FastName::distr_learner_mu || c.fast == FastName::distr_learner_wta_mu ||
      c.fast == FastName::exemplar_mu)
    recruits("max_nunits", f.max_nunits.value_or(500), f.k.value_or(0.01));
  if (f.if_full == IfFull::rest && f.momentum != 0)
    problems.add("fast_config.if_full", "velocities do not rest", "learn where momentum is above 0", "rest");
  if (c.init_file && !has_original(c.fast))
    problems.add("init_file", "not for this fast stream", "null, or one of the published streams",
                 *c.init_file);
  check_rival(c, problems);
  const Consolidation& o = c.consolidation;
  if (c.fast == FastName::none &&
      (o.replay > 0 || o.teacher == Teacher::separate || o.anneal_from || o.gate != 1))
    problems.add("consolidation", "needs a fast stream", "defaults where fast is none", "other values");
  if (c.slow == SlowName::none && o.replay > 0)
    problems.add("consolidation.replay", "needs a slow stream", "0 where slow is none",
                 std::to_string(o.replay));
}

void check_features(const Config& c, Problems& problems) {
  const int D = c.features();
  const auto same = [&](const char* key, const std::optional<int>& given) {
    if (given && *given != D)
      problems.add(key, "features do not fit", std::to_string(D) + ", as elsewhere in the config",
                   std::to_string(*given));
  };
  if (c.slow != SlowName::none) same("slow_config.input_size", c.slow_config.input_size);
  if (c.fast == FastName::clustering) same("fast_config.in_features", c.fast_config.in_features);
  if (c.fast != FastName::clustering && c.fast != FastName::none && !c.is_rival())
    same("fast_config.n_dims", c.fast_config.n_dims);
  const Task task = c.resolved_task();
  if (c.task == Task::file && !c.stimuli_file)
    problems.add("stimuli_file", "required by task file", "a CSV or HDF5 file", "null");
  if (c.task != Task::file && c.task != Task::automatic && c.stimuli_file)
    problems.add("stimuli_file", "not read by this task", "null, or task: file", *c.stimuli_file);
  std::vector<int> types = c.problem_types;
  std::ranges::sort(types);
  if (const auto twice = std::ranges::adjacent_find(types); twice != types.end())
    problems.add("problem_types", "a type twice", "each type once",
                 "type " + std::to_string(*twice) + " twice");
  const int needed = task == Task::shj ? 3 : 2;
  if (task != Task::file && c.task != Task::automatic && D != needed && c.features_given())
    problems.add("task", "features do not fit",
                 "items of " + std::to_string(D) + " features, as the streams take", std::to_string(needed));
  if (c.task == Task::automatic && task != Task::file && D != 2 && D != 3)
    problems.add("task", "no built-in items with this many features", "2 or 3 features, or stimuli_file",
                 std::to_string(D));
}

}  // namespace

bool Config::features_given() const {
  return slow_config.input_size || fast_config.in_features || fast_config.n_dims;
}

int Config::features() const {
  if (slow != SlowName::none && slow_config.input_size) return *slow_config.input_size;
  if (fast == FastName::clustering && fast_config.in_features) return *fast_config.in_features;
  if (fast != FastName::none && !is_rival() && fast_config.n_dims) return *fast_config.n_dims;
  return task == Task::shj ? 3 : 2;
}

Task Config::resolved_task() const {
  if (task != Task::automatic) return task;
  if (stimuli_file) return Task::file;
  return features() == 3 ? Task::shj : Task::new_stimuli;
}

std::string cpu_alone(const Config& c) {
  return c.is_rival() ? "fast: " + rivals()[c.rival()].name : cpu_alone(c.backend);
}

bool Config::draws_weights() const {
  return slow != SlowName::none || fast == FastName::multiunit_clustering ||
         fast == FastName::distr_learner_wta_mu;
}

bool Config::reseeds() const {
  return reseed == Reseed::each_run ||
         (reseed == Reseed::automatic && fast == FastName::multiunit_clustering);
}

void describe(Schema& schema, Config& c) {
  describe_streams(schema, c);
  describe_task(schema, c);
  describe_randomness(schema, c);
  describe_records(schema, c);
  describe_fit(schema, c);
  describe_flat(schema);
}

void check(const Config& c, Problems& problems) {
  check_streams(c, problems);
  check_features(c, problems);
  check_unread(c, problems);
  check_fit(c, problems);
}

}  // namespace tsd::dual_stream
