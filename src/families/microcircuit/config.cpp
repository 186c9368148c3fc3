#include "families/microcircuit/config.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "families/microcircuit/data/yin_yang.hpp"

namespace tsd::microcircuit {

namespace {

const std::vector<std::pair<std::string, Activation>> kActivations = {
    {"linear", Activation::linear},       {"relu", Activation::relu},
    {"soft_relu", Activation::soft_relu}, {"logistic", Activation::logistic},
    {"tanh", Activation::tanh},           {"hard_sigmoid", Activation::hard_sigmoid}};

const std::vector<std::pair<std::string, Model>> kModels = {
    {"BP", Model::BP},         {"FA", Model::FA},     {"PAL", Model::PAL},
    {"DTPDRL", Model::DTPDRL}, {"LDRL", Model::LDRL}, {"KP", Model::KP},
    {"WM", Model::WM},         {"SS", Model::SS},     {"DFA", Model::DFA}};

// Not of the phased version.
bool only_current(Model model) {
  return model != Model::BP && model != Model::FA && model != Model::DTPDRL && model != Model::LDRL;
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& [name, f] : kActivations) names.push_back(name);
  return names;
}

void describe_task(Schema& s, Config& c) {
  s.choice(
      "task", c.task, {{"bw_only", Task::bw_only}, {"fw_bw", Task::fw_bw}, {"yin_yang", Task::yin_yang}},
      "learn backward weights with WPP frozen (phased: unless eta_fw); all weights from a teacher or the targets of "
      "input_file; or all weights from the classes of the Yin-Yang data set");
  s.choice("version", c.version, {{"current", Version::current}, {"phased", Version::phased}},
           "phaseless: feedback from the next layer, noise in all layers at once; or its forerunner: "
           "feedback from the "
           "output, noise in one layer after the other");
  s.choice(
      "model_type", c.model_type, kModels,
      "backward weights: transposed forward weights, fixed random ones, or learned from noise (PAL, "
      "earlier called LDRL; phased: DTPDRL towards a pseudo-inverse, LDRL towards the transpose); rivals: "
      "Kolen-Pollack, weight mirror, sign-symmetric, direct feedback alignment");
  s.field("layers", c.layers, "cells per layer, inputs first (n_0 .. n_N)").range(1, 4096).length(3, 64);
  s.field("activation", c.activation, "rate over potential, for all layers or one per layer")
      .one_of(activation_names())
      .length(1)
      .or_single();
  s.field("random_seed", c.random_seed, "seeds, one student each; [] for the run's seed")
      .range(0, 4294967295)
      .own_seed();
  s.choice("rng", c.rng, {{"reference", Rng::reference}, {"fast", Rng::fast}},
           "NumPy's legacy streams as in the original, where potentials, weights and noise of a seed begin "
           "alike, or "
           "one independent stream each")
      .formerly("independent", "fast");
  s.choice(
      "quirks", c.quirks, {{"mended", Quirks::mended}, {"original", Quirks::original}},
      "where the original's arithmetic is not what it means (model page 9): as it is meant, or as it is");
  s.field("input_signal", c.input_signal, "uniform samples, each held for Tpres").one_of({"step"});
  s.field(
       "input_file", c.input_file,
       "samples to show instead, and, with task fw_bw, what to answer if there is no teacher to simulate. HDF5, as "
       "results.h5: /input/r0 [sample, input], /teacher/target [sample, output] (phased: or target_full "
       "[step, output]) or /input/class [sample], from 0. CSV, a sample a line: columns input_1, .., target_1, .. or "
       "class")
      .must_exist()
      .kept_in_results();
  s.field("test_file", c.test_file,
          "samples of the same form, which the students are tested with and do not learn from")
      .must_exist()
      .kept_in_results();
  s.field("test_size", c.test_size, "samples of yin_yang that students are tested with")
      .range(1, 1e7)
      .unit("samples");
  s.field("test_every", c.test_every, "epochs from one test to the next; the last one is always tested")
      .range(1, 1e8)
      .unit("epochs");
  s.field(
       "data_seeds", c.data_seeds,
       "seeds of yin_yang's samples: those to learn from, those to test with; [] for the run's seed and the one after")
      .range(0, 4294967295)
      .own_seed([&c] { return c.task == Task::yin_yang ? "" : "task: other than yin_yang"; });
  s.field("class_targets", c.class_targets,
          "potentials that outputs are taught where samples have classes: of other classes, of the own")
      .length(2, 2);
  s.field("dataset_size", c.dataset_size, "samples per epoch").range(1, 1e7).unit("samples");
  s.field("epochs", c.epochs, "passes over the samples, in a new order each")
      .range(1, 1e8)
      .unit("epochs")
      .may_change();
  s.choice("on_divergence", c.on_divergence, {{"stop", OnDivergence::stop}, {"drop", OnDivergence::drop}},
           "a student whose weights stop being finite: ends the run, whose results hold what came before, or "
           "is left out of it");
  describe_backend(s, c.backend);
}

void describe_time(Schema& s, Config& c) {
  s.field("dt", c.dt, "Euler step").above(0).unit("ms");
  s.field("Tpres", c.Tpres, "presentation of a sample").above(0).unit("ms");
  s.field("settling_time", c.settling_time, "before learning, on the first samples; null: 100, phased: Tpres")
      .at_least(0)
      .unit("ms");
  s.field("dtxi", c.dtxi, "interval of the noise").above(0).unit("ms");
  s.field("tauxi", c.tauxi, "time constant of OU noise").above(0).unit("ms");
  s.field("tauHP", c.tauHP, "high-pass of rates in the backward rule").above(0).unit("ms");
  s.field("tauLO", c.tauLO, "low-pass of dWPP, and of interneuron dendrites").above(0).unit("ms");
  s.field("taur", c.taur, "share of the lookahead; 0: plain leaky neurons; null: full, as with 1")
      .at_least(0);
  s.field("tausyn", c.tausyn, "high-pass and low-pass of the phased version").above(0).unit("ms");
  s.field("Tmirror", c.Tmirror, "mirror phase that every presentation begins with (WM)")
      .at_least(0)
      .unit("ms");
  s.field("Tbw", c.Tbw, "phase of one noisy layer (phased)").above(0).unit("ms");
  s.field("taueps", c.taueps, "low-pass of the misalignment that uP_adaptive follows (phased)")
      .above(0)
      .unit("ms");
}

void describe_noise(Schema& s, Config& c) {
  s.choice("noise_type", c.noise_type,
           {{"OU", NoiseType::OU}, {"hold_white_noise", NoiseType::hold_white_noise}},
           "Ornstein-Uhlenbeck, or white and held for dtxi");
  s.choice("noise_mode", c.noise_mode,
           {{"const", NoiseMode::constant},
            {"uP", NoiseMode::uP},
            {"uP_breve", NoiseMode::uP_breve},
            {"vapi", NoiseMode::vapi},
            {"uP_adaptive", NoiseMode::uP_adaptive}},
           "noise_scale alone, or times the size of the cell's potential; uP_adaptive (phased): times that "
           "and the "
           "misalignment of feedback and potentials");
  s.field("noise_scale", c.noise_scale, "size of the noise, per hidden layer")
      .at_least(0)
      .length(1)
      .may_change();
  s.field("noise_deg", c.noise_deg, "angle of feedback that uP_adaptive leaves alone (phased)")
      .range(0, 180)
      .unit("degree");
}

void describe_circuit(Schema& s, Config& c) {
  s.field("gl", c.gl, "leak conductance").above(0).unit("1/ms");
  s.field("gbas", c.gbas, "from basal dendrite to soma").above(0).unit("1/ms");
  s.field("gapi", c.gapi, "from apical dendrite to soma").at_least(0).unit("1/ms");
  s.field("gden", c.gden, "from interneuron dendrite to soma").above(0).unit("1/ms");
  s.field("gnI", c.gnI, "from pyramidal partner to interneuron").at_least(0).unit("1/ms");
  s.field("gntgt", c.gntgt, "from target to output").at_least(0).unit("1/ms");
}

void describe_weights(Schema& s, Config& c) {
  const auto range = [&](const char* key, Range& value, const char* meaning) {
    s.field(key, value, meaning).length(2, 2);
  };
  range("init_WPP_range", c.init_WPP_range, "forward weights at the start: lowest, highest");
  range("init_WIP_range", c.init_WIP_range, "weights onto interneurons, unless init_in_SPS");
  range("init_BPP_range", c.init_BPP_range, "backward weights");
  range("init_BPI_range", c.init_BPI_range, "weights from interneurons, unless init_in_SPS");
  range("init_teacher_WPP_range", c.init_teacher_WPP_range, "the same of the teacher");
  range("init_teacher_WIP_range", c.init_teacher_WIP_range, "the same of the teacher");
  range("init_teacher_BPP_range", c.init_teacher_BPP_range, "the same of the teacher");
  range("init_teacher_BPI_range", c.init_teacher_BPI_range, "the same of the teacher");
  s.field("init_in_SPS", c.init_in_SPS, "start in the self-predicting state: BPI = -BPP, WIP fitting WPP");
  s.field(
       "init_file", c.init_file,
       "safetensors file of weights for the students to start from: WPP_1, .. for all, or <seed>.WPP_1, .. "
       "for each, as in checkpoints; what is not there is drawn")
      .must_exist()
      .read_before_the_first_step();
  s.field("copy_teacher_weights", c.copy_teacher_weights, "students start with the teacher's weights");
  s.field("copy_teacher_voltages", c.copy_teacher_voltages, "students start with the teacher's potentials");
}

void describe_learning(Schema& s, Config& c) {
  s.field("eta_fw", c.eta_fw, "rate of WPP, per layer").unit("1/ms").may_change();
  s.field("eta_bw", c.eta_bw, "rate of BPP, per hidden layer").unit("1/ms").may_change();
  s.field("eta_IP", c.eta_IP, "rate of WIP, per hidden layer; phased and DFA: one").unit("1/ms").may_change();
  s.field("eta_PI", c.eta_PI, "rate of BPI, per hidden layer").unit("1/ms").may_change();
  s.field("alpha", c.alpha, "decay of BPP, in units of its rate; KP: of BPP and WPP, in units of eta_fw")
      .at_least(0)
      .length(1)
      .may_change();
  s.field("gate_regularizer", c.gate_regularizer,
          "decay only towards cells whose high-passed rate is positive; phased: in proportion to the slope "
          "phi' there");
  s.field("varphi_regularizer", c.varphi_regularizer, "decay in proportion to the slopes phi' of both cells");
  s.field("pyr_hi_pass", c.pyr_hi_pass, "high-pass the rates in the backward rule");
  s.field("inter_low_pass", c.inter_low_pass, "low-pass the interneurons' dendrites (PAL, DTPDRL, LDRL)");
  s.field("dWPP_low_pass", c.dWPP_low_pass, "low-pass the increment of WPP (PAL, DTPDRL, LDRL)");
  s.field("dWPP_r_low_pass", c.dWPP_r_low_pass, "low-pass its presynaptic factor (PAL)");
  s.field("dWPP_post_low_pass", c.dWPP_post_low_pass, "low-pass its postsynaptic factor (PAL)");
  s.field("dWPP_use_activation", c.dWPP_use_activation,
          "compare rates, not potentials, of soma and dendrite");
}

void describe_records(Schema& s, Config& c) {
  s.field("rec_per_steps", c.rec_per_steps, "Euler steps from one record to the next")
      .range(1, 1e9)
      .unit("steps");
  s.field(
       "keep_weights_every", c.keep_weights_every,
       "epochs from one set of weights that is kept for tsd analyze to the next, each from the epoch's first record; 0: "
       "none, sets are those of rec_WPP and the like")
      .range(0, 1e8)
      .unit("epochs");
  s.field(
       "reset_sets", c.reset_sets,
       "tsd analyze shows samples to each set of weights from the student's first potentials on; else they go on from "
       "the set before, as in the original")
      .read_by({"updates_bp"});
  for (const SeriesFacts& series : kSeries)
    s.field(std::string("rec_") + series.name, c.record[static_cast<std::size_t>(series.series)],
            std::string("record: ") + series.meaning);
}

bool is_whole(double ratio) { return std::abs(ratio - std::round(ratio)) < 1e-6 * std::max(1.0, ratio); }

void check_lengths(const Config& c, Problems& problems) {
  const auto at_least = [&](const char* key, std::size_t length, int wanted, const char* per) {
    if (length < static_cast<std::size_t>(wanted))
      problems.add(key, "too few values", "at least " + std::to_string(wanted) + ", one per " + per,
                   std::to_string(length));
  };
  at_least("eta_fw", c.eta_fw.size(), c.populations(), "layer");
  at_least("eta_bw", c.eta_bw.size(), c.hidden(), "hidden layer");
  at_least("eta_IP", c.eta_IP.size(), c.interneurons(), "population of interneurons");
  at_least("eta_PI", c.eta_PI.size(), c.hidden(), "hidden layer");
  at_least("alpha", c.alpha.size(), c.hidden(), "hidden layer");
  at_least("noise_scale", c.noise_scale.size(), c.hidden(), "hidden layer");
  if (c.activation.size() != 1 && c.activation.size() != static_cast<std::size_t>(c.populations()))
    problems.add("activation", "wrong length",
                 "one name, or " + std::to_string(c.populations()) + ", one per layer",
                 std::to_string(c.activation.size()));
}

void check_times(const Config& c, Problems& problems) {
  const auto whole = [&](const char* key, double time) {
    if (!is_whole(time / c.dt))
      problems.add(key, "not a whole number of Euler steps", "a multiple of dt " + number_text(c.dt),
                   number_text(time));
  };
  if (!c.original()) whole("Tpres", c.Tpres), whole("settling_time", c.settling());
  whole("dtxi", c.dtxi);
  const auto positive = [&](const char* key, double time) {
    if (is_whole(time / c.dt) && std::round(time / c.dt) < 1)
      problems.add(key, "shorter than a step", "at least dt " + number_text(c.dt), number_text(time));
  };
  positive("Tpres", c.Tpres);
  positive("dtxi", c.dtxi);
  if (c.version == Version::phased && !c.original()) whole("Tbw", c.Tbw);
  if (c.version == Version::phased) positive("Tbw", c.Tbw);
  if (c.model_type == Model::WM) {
    whole("Tmirror", c.Tmirror), positive("Tmirror", c.Tmirror);
    if (c.Tmirror >= c.Tpres)
      problems.add("Tmirror", "leaves nothing of the presentation", "less than Tpres " + number_text(c.Tpres),
                   number_text(c.Tmirror));
  }
  if (c.original() && c.presentation_steps() < 1)
    problems.add("Tpres", "shorter than a step", "at least dt " + number_text(c.dt), number_text(c.Tpres));
  else if (c.settling() > c.Tpres * c.dataset_size * (1 + 1e-9) ||
           (c.original() && c.settling_steps() > c.presentation_steps() * c.dataset_size))
    problems.add("settling_time", "longer than the data",
                 "at most Tpres * dataset_size, " + number_text(c.Tpres * c.dataset_size),
                 number_text(c.settling()));
  if (c.version == Version::current && c.noise_type == NoiseType::OU && !c.original() && c.dtxi > c.tauxi)
    problems.add("tauxi", "OU noise needs a slower process than its sampling",
                 "at least dtxi " + number_text(c.dtxi), number_text(c.tauxi));
}

void check_ranges(const Config& c, Problems& problems) {
  const auto ordered = [&](const char* key, const Range& range) {
    if (range[0] > range[1])
      problems.add(key, "lowest above highest", "low, high",
                   number_text(range[0]) + ", " + number_text(range[1]));
  };
  ordered("init_WPP_range", c.init_WPP_range);
  ordered("init_WIP_range", c.init_WIP_range);
  ordered("init_BPP_range", c.init_BPP_range);
  ordered("init_BPI_range", c.init_BPI_range);
  ordered("init_teacher_WPP_range", c.init_teacher_WPP_range);
  ordered("init_teacher_WIP_range", c.init_teacher_WIP_range);
  ordered("init_teacher_BPP_range", c.init_teacher_BPP_range);
  ordered("init_teacher_BPI_range", c.init_teacher_BPI_range);
}

void check_task(const Config& c, Problems& problems) {
  const auto without_teacher = [&](const char* key, bool given) {
    if (given && c.task != Task::fw_bw)
      problems.add(key, std::string(c.task == Task::bw_only ? "bw_only" : "yin_yang") + " has no teacher",
                   "false", "true");
  };
  without_teacher("copy_teacher_weights", c.copy_teacher_weights);
  without_teacher("copy_teacher_voltages", c.copy_teacher_voltages);
  if (c.test_file && (c.task != Task::fw_bw || !c.input_file))
    problems.add("test_file", "tests what is learned from input_file", "task fw_bw with an input_file",
                 c.task == Task::fw_bw ? "no input_file" : "another task");
  if (c.task != Task::yin_yang) return;
  if (c.input_file) problems.add("input_file", "yin_yang has its own samples", "null", *c.input_file);
  if (c.layers.front() != kYinYangInputs || c.layers.back() != kParts)
    problems.add("layers", "do not fit yin_yang", "4 inputs and 3 outputs",
                 std::to_string(c.layers.front()) + " and " + std::to_string(c.layers.back()));
  if (!c.data_seeds.empty() && c.data_seeds.size() != 2)
    problems.add("data_seeds", "wrong length", "two seeds, or none", std::to_string(c.data_seeds.size()));
}

void check_contradictions(const Config& c, Problems& problems) {
  if (c.gate_regularizer && c.varphi_regularizer && !c.original())
    problems.add("varphi_regularizer", "contradicts gate_regularizer", "one of the two", "both");
  if (c.dWPP_r_low_pass && c.dWPP_post_low_pass)
    problems.add("dWPP_post_low_pass", "contradicts dWPP_r_low_pass", "one of the two", "both");
  if (c.model_type == Model::KP && !c.learns_forward())
    problems.add("model_type", "KP changes BPP along with WPP", "a task in which WPP learns", "bw_only");
  if (c.original() && is_noisy(c.model_type) && c.noise_steps() > 1 &&
      std::ranges::count(c.noise_scale, 0.0) > 0)
    problems.add("noise_scale", "of 0 takes the original's counter of noise along (quirk Q6)",
                 "above 0 with dtxi above dt", "0");
  if (c.init_file && c.copy_teacher_weights)
    problems.add("copy_teacher_weights", "contradicts init_file", "one of the two", "both");
  std::set<std::int64_t> seen;
  for (const std::int64_t seed : c.random_seed)
    if (!seen.insert(seed).second)
      problems.add("random_seed", "repeats a seed", "distinct seeds", std::to_string(seed) + " twice");
}

// Keys that only the other version has must stay at their defaults.
void check_keys_of_version(const Config& c, Problems& problems) {
  const Config defaults;
  const auto only = [&](Version version, const char* key, auto Config::*value) {
    if (c.version != version && c.*value != defaults.*value)
      problems.add(key,
                   std::string("not a key of version ") + (version == Version::phased ? "current" : "phased"),
                   "the default", "another value");
  };
  for (const auto& [key, value] :
       {std::pair{"tauHP", &Config::tauHP}, {"tauLO", &Config::tauLO}, {"tauxi", &Config::tauxi}})
    only(Version::current, key, value);
  only(Version::current, "taur", &Config::taur);
  for (const auto& [key, value] : {std::pair{"init_teacher_WPP_range", &Config::init_teacher_WPP_range},
                                   {"init_teacher_WIP_range", &Config::init_teacher_WIP_range},
                                   {"init_teacher_BPP_range", &Config::init_teacher_BPP_range},
                                   {"init_teacher_BPI_range", &Config::init_teacher_BPI_range}})
    only(Version::current, key, value);
  for (const auto& [key, value] : {std::pair{"varphi_regularizer", &Config::varphi_regularizer},
                                   {"dWPP_r_low_pass", &Config::dWPP_r_low_pass},
                                   {"dWPP_post_low_pass", &Config::dWPP_post_low_pass},
                                   {"dWPP_use_activation", &Config::dWPP_use_activation}})
    only(Version::current, key, value);
  for (const auto& [key, value] : {std::pair{"tausyn", &Config::tausyn},
                                   {"Tbw", &Config::Tbw},
                                   {"taueps", &Config::taueps},
                                   {"noise_deg", &Config::noise_deg}})
    only(Version::phased, key, value);
}

void check_phased(const Config& c, Problems& problems) {
  for (const auto& [name, model] : kModels)
    if (c.model_type == model && only_current(model))
      problems.add("model_type", "not a model of version phased", "BP, FA, DTPDRL or LDRL", name);
  if (c.model_type == Model::BP && c.hidden() > 1)
    problems.add("model_type", "BP does not fit feedback that skips layers", "one hidden layer",
                 std::to_string(c.hidden()) + " hidden layers");
  if (c.backend == BackendChoice::torch)
    problems.add("backend", "version phased has no LibTorch implementation", "auto or native", "torch");
  if (is_noisy(c.model_type) && c.noise_type != NoiseType::hold_white_noise)
    problems.add("noise_type", "not in version phased, whose noise is white", "hold_white_noise", "OU");
  if (is_noisy(c.model_type) && (c.noise_mode == NoiseMode::constant || c.noise_mode == NoiseMode::uP_breve))
    problems.add("noise_mode", "not in version phased", "uP, vapi or uP_adaptive",
                 c.noise_mode == NoiseMode::constant ? "const" : "uP_breve");
  const std::string& output = c.activation.back();
  if (c.gate_regularizer && (c.model_type != Model::LDRL || (output != "relu" && output != "hard_sigmoid")))
    problems.add("gate_regularizer", "not there in version phased",
                 "false; or model_type LDRL with relu or hard_sigmoid at the output", "true");
}

void check_version(const Config& c, Problems& problems) {
  check_keys_of_version(c, problems);
  if (c.version == Version::phased) return check_phased(c, problems);
  if (c.model_type == Model::DTPDRL)
    problems.add("model_type", "not a model of version current", "BP, FA, PAL, KP, WM, SS or DFA", "DTPDRL");
  if (c.noise_mode == NoiseMode::uP_adaptive)  // the original advertises it and fails (quirk Q24)
    problems.add("noise_mode", "not in version current", "const, uP, uP_breve or vapi", "uP_adaptive");
}

// The original cuts off; a time that is short of a step by rounding loses that step (quirk Q2).
std::int64_t steps_of(double time, const Config& c) {
  return c.original() ? static_cast<std::int64_t>(time / c.dt) : std::llround(time / c.dt);
}

}  // namespace

std::vector<Activation> Config::activations() const {
  std::vector<Activation> all;
  for (int l = 0; l < populations(); ++l) {
    const std::string& name = activation[activation.size() == 1 ? 0 : static_cast<std::size_t>(l)];
    const Activation f =
        std::ranges::find(kActivations, name, &std::pair<std::string, Activation>::first)->second;
    all.push_back(original() && f == Activation::hard_sigmoid ? Activation::hard_sigmoid_of_original : f);
  }
  return all;
}

std::int64_t Config::presentation_steps() const { return steps_of(Tpres, *this); }
std::int64_t Config::settling_steps() const { return steps_of(settling(), *this); }
std::int64_t Config::noise_steps() const { return std::llround(dtxi / dt); }
std::int64_t Config::phase_steps() const { return std::llround(Tbw / dt); }
std::int64_t Config::mirror_steps() const { return model_type == Model::WM ? std::llround(Tmirror / dt) : 0; }

std::optional<Settings> recognise(const Settings& given) {
  if (given.contains("family")) return std::nullopt;  // a config of tsd's own says its version itself
  for (const char* key : {"dt", "Tpres", "layers", "model_type"})
    if (!given.contains(key)) return std::nullopt;
  if (given.contains("Tbw")) return Settings{{"version", "phased"}, {"noise_type", "hold_white_noise"}};
  return Settings();
}

void describe(Schema& schema, Config& c) {
  describe_task(schema, c);
  describe_time(schema, c);
  describe_noise(schema, c);
  describe_circuit(schema, c);
  describe_weights(schema, c);
  describe_learning(schema, c);
  describe_records(schema, c);
}

void check(const Config& c, Problems& problems) {
  check_lengths(c, problems);
  check_times(c, problems);
  check_ranges(c, problems);
  check_task(c, problems);
  check_contradictions(c, problems);
  check_version(c, problems);
}

}  // namespace tsd::microcircuit
