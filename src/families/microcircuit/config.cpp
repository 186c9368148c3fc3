#include "families/microcircuit/config.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace tsd::microcircuit {

namespace {

const std::vector<std::pair<std::string, Activation>> kActivations = {
    {"linear", Activation::linear},       {"relu", Activation::relu},
    {"soft_relu", Activation::soft_relu}, {"logistic", Activation::logistic},
    {"tanh", Activation::tanh},           {"hard_sigmoid", Activation::hard_sigmoid}};

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& [name, f] : kActivations) names.push_back(name);
  return names;
}

void describe_task(Schema& s, Config& c) {
  s.choice("task", c.task, {{"bw_only", Task::bw_only}, {"fw_bw", Task::fw_bw}},
           "learn backward weights with WPP frozen, or all weights from a teacher");
  s.choice("model_type", c.model_type, {{"BP", Model::BP}, {"FA", Model::FA}, {"PAL", Model::PAL}},
           "backward weights: transposed forward weights, fixed random ones, or learned from noise");
  s.field("layers", c.layers, "cells per layer, inputs first (n_0 .. n_N)").range(1, 4096).length(3, 64);
  s.field("activation", c.activation, "rate over potential, for all layers or one per layer")
      .one_of(activation_names())
      .length(1)
      .or_single();
  s.field("random_seed", c.random_seed, "seeds, one student each; [] for the run's seed")
      .range(0, 4294967295);
  s.choice("rng", c.rng, {{"reference", Rng::reference}, {"independent", Rng::independent}},
           "NumPy's legacy streams as in the original, where potentials, weights and noise of a seed begin "
           "alike, or "
           "one independent stream each");
  s.field("input_signal", c.input_signal, "uniform samples, each held for Tpres").one_of({"step"});
  s.field("dataset_size", c.dataset_size, "samples per epoch").range(1, 1e7).unit("samples");
  s.field("epochs", c.epochs, "passes over the samples, in a new order each").range(1, 1e8).unit("epochs");
  s.choice("backend", c.backend,
           {{"auto", BackendChoice::automatic},
            {"torch", BackendChoice::torch},
            {"native", BackendChoice::native}},
           "plain LibTorch or the vector kernel; auto: native on CPU, torch on CUDA");
}

void describe_time(Schema& s, Config& c) {
  s.field("dt", c.dt, "Euler step").above(0).unit("ms");
  s.field("Tpres", c.Tpres, "presentation of a sample").above(0).unit("ms");
  s.field("settling_time", c.settling_time, "before learning, on the first samples").at_least(0).unit("ms");
  s.field("dtxi", c.dtxi, "interval of the noise").above(0).unit("ms");
  s.field("tauxi", c.tauxi, "time constant of OU noise").above(0).unit("ms");
  s.field("tauHP", c.tauHP, "high-pass of rates in the backward rule").above(0).unit("ms");
  s.field("tauLO", c.tauLO, "low-pass of dWPP, and of interneuron dendrites").above(0).unit("ms");
  s.field("taur", c.taur, "share of the lookahead; 0: plain leaky neurons; null: full, as with 1")
      .at_least(0);
}

void describe_noise(Schema& s, Config& c) {
  s.choice("noise_type", c.noise_type,
           {{"OU", NoiseType::OU}, {"hold_white_noise", NoiseType::hold_white_noise}},
           "Ornstein-Uhlenbeck, or white and held for dtxi");
  s.choice("noise_mode", c.noise_mode,
           {{"const", NoiseMode::constant},
            {"uP", NoiseMode::uP},
            {"uP_breve", NoiseMode::uP_breve},
            {"vapi", NoiseMode::vapi}},
           "noise_scale alone, or times the size of the cell's potential");
  s.field("noise_scale", c.noise_scale, "size of the noise, per hidden layer").at_least(0).length(1);
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
  s.field("copy_teacher_weights", c.copy_teacher_weights, "students start with the teacher's weights");
  s.field("copy_teacher_voltages", c.copy_teacher_voltages, "students start with the teacher's potentials");
}

void describe_learning(Schema& s, Config& c) {
  s.field("eta_fw", c.eta_fw, "rate of WPP, per layer").unit("1/ms");
  s.field("eta_bw", c.eta_bw, "rate of BPP, per hidden layer").unit("1/ms");
  s.field("eta_IP", c.eta_IP, "rate of WIP, per hidden layer").unit("1/ms");
  s.field("eta_PI", c.eta_PI, "rate of BPI, per hidden layer").unit("1/ms");
  s.field("alpha", c.alpha, "decay of BPP, in units of its rate").at_least(0).length(1);
  s.field("gate_regularizer", c.gate_regularizer,
          "decay only towards cells whose high-passed rate is positive");
  s.field("varphi_regularizer", c.varphi_regularizer, "decay in proportion to the slopes phi' of both cells");
  s.field("pyr_hi_pass", c.pyr_hi_pass, "high-pass the rates in the backward rule");
  s.field("inter_low_pass", c.inter_low_pass, "low-pass the interneurons' dendrites (PAL)");
  s.field("dWPP_low_pass", c.dWPP_low_pass, "low-pass the increment of WPP (PAL)");
  s.field("dWPP_r_low_pass", c.dWPP_r_low_pass, "low-pass its presynaptic factor (PAL)");
  s.field("dWPP_post_low_pass", c.dWPP_post_low_pass, "low-pass its postsynaptic factor (PAL)");
  s.field("dWPP_use_activation", c.dWPP_use_activation,
          "compare rates, not potentials, of soma and dendrite");
}

void describe_records(Schema& s, Config& c) {
  s.field("rec_per_steps", c.rec_per_steps, "Euler steps from one record to the next")
      .range(1, 1e9)
      .unit("steps");
  for (const SeriesFacts& series : kSeries)
    s.field(std::string("rec_") + series.name, c.record[static_cast<std::size_t>(series.series)],
            std::string("record: ") + series.meaning);
}

bool is_whole(double ratio) { return std::abs(ratio - std::round(ratio)) < 1e-6 * std::max(1.0, ratio); }

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

void check_lengths(const Config& c, Problems& problems) {
  const auto at_least = [&](const char* key, std::size_t length, int wanted, const char* per) {
    if (length < static_cast<std::size_t>(wanted))
      problems.add(key, "too few values", "at least " + std::to_string(wanted) + ", one per " + per,
                   std::to_string(length));
  };
  at_least("eta_fw", c.eta_fw.size(), c.populations(), "layer");
  at_least("eta_bw", c.eta_bw.size(), c.hidden(), "hidden layer");
  at_least("eta_IP", c.eta_IP.size(), c.hidden(), "hidden layer");
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
      problems.add(key, "not a whole number of Euler steps", "a multiple of dt " + number(c.dt),
                   number(time));
  };
  whole("Tpres", c.Tpres);
  whole("settling_time", c.settling_time);
  whole("dtxi", c.dtxi);
  const auto positive = [&](const char* key, double time) {
    if (is_whole(time / c.dt) && std::round(time / c.dt) < 1)
      problems.add(key, "shorter than a step", "at least dt " + number(c.dt), number(time));
  };
  positive("Tpres", c.Tpres);
  positive("dtxi", c.dtxi);
  if (c.settling_time > c.Tpres * c.dataset_size * (1 + 1e-9))
    problems.add("settling_time", "longer than the data",
                 "at most Tpres * dataset_size, " + number(c.Tpres * c.dataset_size),
                 number(c.settling_time));
  if (c.noise_type == NoiseType::OU && c.dtxi > c.tauxi)
    problems.add("tauxi", "OU noise needs a slower process than its sampling",
                 "at least dtxi " + number(c.dtxi), number(c.tauxi));
}

void check_ranges(const Config& c, Problems& problems) {
  const auto ordered = [&](const char* key, const Range& range) {
    if (range[0] > range[1])
      problems.add(key, "lowest above highest", "low, high", number(range[0]) + ", " + number(range[1]));
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

void check_contradictions(const Config& c, Problems& problems) {
  if (c.gate_regularizer && c.varphi_regularizer)
    problems.add("varphi_regularizer", "contradicts gate_regularizer", "one of the two", "both");
  if (c.dWPP_r_low_pass && c.dWPP_post_low_pass)
    problems.add("dWPP_post_low_pass", "contradicts dWPP_r_low_pass", "one of the two", "both");
  if (c.task == Task::bw_only && (c.copy_teacher_weights || c.copy_teacher_voltages))
    problems.add(c.copy_teacher_weights ? "copy_teacher_weights" : "copy_teacher_voltages",
                 "bw_only has no teacher", "false", "true");
  std::set<std::int64_t> seen;
  for (const std::int64_t seed : c.random_seed)
    if (!seen.insert(seed).second)
      problems.add("random_seed", "repeats a seed", "distinct seeds", std::to_string(seed) + " twice");
}

std::int64_t steps_of(double time, double dt) { return std::llround(time / dt); }

}  // namespace

std::vector<Activation> Config::activations() const {
  std::vector<Activation> all;
  for (int l = 0; l < populations(); ++l) {
    const std::string& name = activation[activation.size() == 1 ? 0 : static_cast<std::size_t>(l)];
    all.push_back(std::ranges::find(kActivations, name, &std::pair<std::string, Activation>::first)->second);
  }
  return all;
}

std::int64_t Config::presentation_steps() const { return steps_of(Tpres, dt); }
std::int64_t Config::settling_steps() const { return steps_of(settling_time, dt); }
std::int64_t Config::noise_steps() const { return steps_of(dtxi, dt); }

void MicrocircuitConfiguration::describe(Schema& schema) {
  describe_task(schema, config_);
  describe_time(schema, config_);
  describe_noise(schema, config_);
  describe_circuit(schema, config_);
  describe_weights(schema, config_);
  describe_learning(schema, config_);
  describe_records(schema, config_);
}

void MicrocircuitConfiguration::check(Problems& problems) const {
  check_lengths(config_, problems);
  check_times(config_, problems);
  check_ranges(config_, problems);
  check_contradictions(config_, problems);
}

}  // namespace tsd::microcircuit
