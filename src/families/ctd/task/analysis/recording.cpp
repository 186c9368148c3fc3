#include "families/ctd/task/analysis/recording.hpp"

#include <algorithm>

#include "families/ctd/shared/arm/arm.hpp"
#include "families/ctd/task/analysis/simulator.hpp"
#include "families/ctd/task/experiment.hpp"
#include "families/ctd/task/outputs.hpp"

namespace tsd::ctd_task {

using namespace ctd;

namespace {

constexpr std::int64_t kTrialsAtOnce = 512;
constexpr std::uint64_t kSimulationPass = std::uint64_t{1} << 48;  // beyond those of training

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Appends the steps that trimming leaves of rows [n, T, .].
void append_trimmed(const std::vector<float>& from, std::int64_t n, std::int64_t T, const Trim& trim,
                    std::vector<float>& to) {
  if (from.empty()) return;
  const std::int64_t width = static_cast<std::int64_t>(from.size()) / (n * T);
  for (std::int64_t i = 0; i < n; ++i)
    to.insert(to.end(), from.begin() + (i * T + trim.begin) * width,
              from.begin() + (i * T + trim.end) * width);
}

// Training or validation trials of the simulation, run through the network and trimmed.
struct Part {
  const Dataset* data;
  Rollout course;
};

Part run_part(const Dataset& data, std::int64_t first_row, Backend& backend,
              std::span<const float> parameters, std::uint64_t seed, const Trim& trim) {
  Part part{&data, {}};
  Noise noise;
  noise.key = noise_key(seed);
  noise.pass = kSimulationPass;
  for (std::int64_t first = 0; first < data.N; first += kTrialsAtOnce) {
    auto trials = first_trials(std::min(kTrialsAtOnce, data.N - first));
    for (std::int64_t& trial : trials) trial += first;
    noise.first_row = first_row + first;
    Rollout some;
    backend.run(parameters, {&data, trials}, noise, &some);
    const auto n = static_cast<std::int64_t>(trials.size());
    append_trimmed(some.actions, n, data.shape.T, trim, part.course.actions);
    append_trimmed(some.latents, n, data.shape.T, trim, part.course.latents);
    append_trimmed(some.controlled, n, data.shape.T, trim, part.course.controlled);
    append_trimmed(some.observations, n, data.shape.T, trim, part.course.observations);
    append_trimmed(some.joints, n, data.shape.T, trim, part.course.joints);
  }
  return part;
}

class Writer {
 public:
  Writer(Hdf5Writer& file, std::string part, std::int64_t n, const Trim& trim)
      : file_(file), part_(std::move(part)), n_(n), trim_(trim) {}

  // [n, T', .]; nothing where there are no columns.
  void steps(const std::string& name, const std::vector<float>& values) {
    if (values.empty()) return;
    file_.dataset<float>(path(name), values,
                         {n_, trim_.steps(), static_cast<std::int64_t>(values.size()) / (n_ * trim_.steps())},
                         meaning(path(name)));
  }
  void trimmed(const std::string& name, const std::vector<float>& values, std::int64_t T) {
    std::vector<float> kept;
    append_trimmed(values, n_, T, trim_, kept);
    steps(name, kept);
  }
  template <class T>
  void rows(const std::string& name, const std::vector<T>& values, const Shape& shape) {
    file_.dataset<T>(path(name), values, shape, meaning(path(name)));
  }
  static Meaning meaning(const std::string& path) { return tsd::meaning_of(recording_outputs(), path); }

 private:
  std::string path(const std::string& name) const { return "/" + part_ + "_" + name; }

  Hdf5Writer& file_;
  std::string part_;
  std::int64_t n_;
  Trim trim_;
};

// Neurons [first, first + count) of rows [first_row, first_row + n T').
template <class T>
std::vector<T> columns(const std::vector<T>& all, int neurons, std::int64_t first_row, std::int64_t rows,
                       int count) {
  std::vector<T> some;
  some.reserve(at(rows * count));
  for (std::int64_t row = first_row; row < first_row + rows; ++row)
    some.insert(some.end(), all.begin() + row * neurons, all.begin() + row * neurons + count);
  return some;
}

void write_spikes(Writer& writer, const SimulatorSettings& s, const Recording& r, std::int64_t first_trial,
                  std::int64_t n) {
  const std::int64_t first = first_trial * r.T, rows = n * r.T;
  writer.rows("encod_data", columns(r.counts, r.neurons, first, rows, s.n_neurons_heldin),
              {n, r.T, s.n_neurons_heldin});
  writer.rows("recon_data", columns(r.counts, r.neurons, first, rows, r.neurons), {n, r.T, r.neurons});
  writer.rows("activity", columns(r.rates, r.neurons, first, rows, r.neurons), {n, r.T, r.neurons});
}

// What the network saw: its inputs, behind the observations of the closed loop.
void write_inputs(Writer& writer, const Part& part, const Trim& trim) {
  const Dataset& data = *part.data;
  const std::int64_t I = data.shape.inputs, K = data.shape.observations;
  std::vector<float> context, all;
  append_trimmed(data.inputs, data.N, data.shape.T, trim, context);
  for (std::int64_t row = 0; row < data.N * trim.steps(); ++row) {
    all.insert(all.end(), part.course.observations.begin() + row * K,
               part.course.observations.begin() + (row + 1) * K);
    all.insert(all.end(), context.begin() + row * I, context.begin() + (row + 1) * I);
  }
  for (const char* name : {"inputs", "ext_input"}) writer.steps(name, all);
}

// From the trimmed start, cut to what trimming leaves.
void write_phases(Writer& writer, const Dataset& data, const Trim& trim) {
  std::vector<std::int32_t> edges;
  for (const Phase& phase : data.phases)
    for (const std::int64_t edge : {phase.begin, phase.end})
      edges.push_back(static_cast<std::int32_t>(
          edge < 0 ? -1 : std::clamp<std::int64_t>(edge - trim.begin, 0, trim.steps())));
  writer.rows("phases", edges, {data.N, kPhases, 2});
}

void write_timing(Writer& writer, const Dataset& data, const Trim& trim) {
  const bool has_times = data.shape.closed_loop() || !data.phases.empty();
  std::vector<float> shifted = data.extra, timing = data.extra;
  std::vector<std::int64_t> lengths;
  for (float& x : shifted) x -= has_times ? static_cast<float>(trim.shift) : 0;
  for (float& x : timing)
    if (has_times && x >= 0) x -= static_cast<float>(trim.begin);
  for (const auto length : data.lengths)
    lengths.push_back(std::clamp<std::int64_t>(length - trim.begin, 0, trim.steps()));
  if (!data.phases.empty()) write_phases(writer, data, trim);
  writer.rows("extra", shifted, {data.N, data.shape.extra});
  writer.rows("timing", timing, {data.N, data.shape.extra});
  writer.rows("trial_len", lengths, {data.N});
}

void write_part(Writer& writer, const Part& part, std::int64_t first_trial, const Trim& trim) {
  const Dataset& data = *part.data;
  const std::int64_t T = data.shape.T;
  write_inputs(writer, part, trim);
  writer.steps("latents", part.course.latents);
  writer.steps("controlled", part.course.controlled);
  writer.steps("actions", part.course.actions);
  writer.steps("joints", part.course.joints);
  writer.trimmed("true_inputs", data.true_inputs, T);
  writer.trimmed("targets", data.targets, T);
  writer.trimmed("inputs_to_env", data.inputs_to_env, T);
  write_timing(writer, data, trim);
  auto places = first_trials(data.N);
  for (std::int64_t& place : places) place += first_trial;
  writer.rows("inds", places, {data.N});
  writer.rows("cond", data.conds, {data.N});
  writer.rows("orig_index", data.index, {data.N});
}

void write_readout(Hdf5Writer& file, const Recording& r, int H) {
  std::vector<double> readout(at(std::int64_t{H} * r.neurons));
  for (int i = 0; i < r.neurons; ++i) readout[at(r.unit[at(i)] * r.neurons + i)] = 1;
  file.dataset<double>("/readout", readout, {H, r.neurons}, Writer::meaning("/readout"));
  const Shape groups = {1, 1, static_cast<std::int64_t>(r.mean.size())};
  file.dataset<float>("/orig_mean", r.mean, groups, Writer::meaning("/orig_mean"));
  file.dataset<float>("/orig_std", r.std, groups, Writer::meaning("/orig_std"));
  file.dataset(std::string("/perm_neurons"), r.unit, Writer::meaning("/perm_neurons"));
}

// In attributes, since readers of such files take every member of the root for a dataset.
void write_settings(Hdf5Writer& file, const Config& config, std::uint64_t seed) {
  const SimulatorSettings& s = config.simulator;
  const auto tell = [&](const std::string& name, const auto& value) {
    file.attribute("/", "simulation_" + name, value);
  };
  tell("seed", static_cast<std::int64_t>(s.seed));
  tell("run_seed", seed);
  tell("fr_scaling", s.fr_scaling);
  tell("dispersion", s.dispersion);
  tell("heldin", std::int64_t{s.n_neurons_heldin});
  tell("heldout", std::int64_t{s.n_neurons_heldout});
  tell("file_name", recording_name(s));
  const double dt = config.task == TaskName::RandomTarget ? kArmStep
                    : config.task == TaskName::MultiTask  ? config.multitask.bin_size * 1e-3
                                                          : 0;
  if (dt > 0) tell("dt", dt);
  for (std::size_t k = 0; k < s.trim_inds.size(); ++k)
    tell(k == 0 ? "trim_begin" : "trim_end", std::int64_t{s.trim_inds[k]});
}

}  // namespace

void write_recording(const Config& config, std::uint64_t seed, std::span<const float> parameters,
                     const std::string& device, int threads, Hdf5Writer& file) {
  const Task task = config.simulated_task();
  const Split split = make_split(task, config.data_sim.n_samples, seed + config.data_sim.seed_offset, true);
  const Trim trim = trim_of(config.simulator, split.train.shape.T);
  const auto backend = make_backend(config, task, device, threads);
  const Part train = run_part(split.train, 0, *backend, parameters, seed, trim);
  const Part valid = run_part(split.valid, split.train.N, *backend, parameters, seed, trim);
  std::vector<float> latents = train.course.latents;
  latents.insert(latents.end(), valid.course.latents.begin(), valid.course.latents.end());
  const std::int64_t N = split.train.N + split.valid.N;
  const Recording recording = simulate(config.simulator, latents, N, trim.steps(), config.model.H);
  for (const Part* part : {&train, &valid}) {
    const std::int64_t first = part == &train ? 0 : split.train.N, n = part->data->N;
    Writer writer(file, part == &train ? "train" : "valid", n, trim);
    write_spikes(writer, config.simulator, recording, first, n);
    write_part(writer, *part, first, trim);
  }
  write_readout(file, recording, config.model.H);
  if (config.task == TaskName::MultiTask)
    file.strings("/task_names", config.multitask.sim_task_list, Writer::meaning("/task_names"));
  write_settings(file, config, seed);
}

}  // namespace tsd::ctd_task
