#include "families/microcircuit/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/microcircuit/initial.hpp"
#include "families/microcircuit/weights.hpp"
#include "tsd/engine/log.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

namespace {

std::int64_t ceil_of(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

void warn_of_surplus(const Config& c) {
  const auto warn = [&](const char* key, std::size_t length, int used) {
    if (length > static_cast<std::size_t>(used))
      log_warning(std::string(key) + ": only the first " + std::to_string(used) + " of " +
                  std::to_string(length) + " values are used");
  };
  warn("eta_fw", c.eta_fw.size(), c.populations());
  warn("eta_bw", c.eta_bw.size(), c.hidden());
  warn("eta_IP", c.eta_IP.size(), c.interneurons());
  warn("eta_PI", c.eta_PI.size(), c.hidden());
  warn("alpha", c.alpha.size(), c.hidden());
  warn("noise_scale", c.noise_scale.size(), c.hidden());
}

// Quirk Q18: the response to noise comes back two steps later.
void warn_of_fast_noise(const Config& c) {
  if (c.version == Version::phased && is_noisy(c.model_type) && c.noise_steps() < 3)
    log_warning(
        "dtxi: noise changes before the response to it comes back, and the backward rule learns nothing from "
        "it; "
        "use 10 dt or more");
}

}  // namespace

Schedule::Schedule(const Config& c)
    : settling_steps_(c.settling_steps()),
      presentation_steps_(c.presentation_steps()),
      dataset_size_(c.dataset_size),
      epochs_(c.epochs),
      samples_(std::clamp<std::int64_t>(kStretch / c.presentation_steps(), 1, c.dataset_size)),
      settling_(ceil_of(settling_steps_, kStretch)),
      per_epoch_(ceil_of(dataset_size_, samples_)) {}

double Schedule::euler_steps() const {
  return static_cast<double>(settling_steps_) +
         static_cast<double>(epochs_ * dataset_size_) * static_cast<double>(presentation_steps_);
}

Schedule::Stretch Schedule::operator[](std::int64_t index) const {
  if (index < settling_)
    return {0, index * kStretch, std::min((index + 1) * kStretch, settling_steps_), false, false};
  const std::int64_t part = (index - settling_) % per_epoch_, epoch = (index - settling_) / per_epoch_;
  return {static_cast<int>(epoch) + 1, part * samples_, std::min((part + 1) * samples_, dataset_size_),
          part == 0, part == per_epoch_ - 1};
}

MicrocircuitExperiment::MicrocircuitExperiment(const Config& config, const RunContext& context)
    : config_(config),
      context_(context),
      circuit_(config),
      layout_(circuit_),
      schedule_(config),
      material_(make_material(config, context.seed)),
      plastic_{config.task == Task::fw_bw || !config.facts().freezes_WPP, true, true} {
  warn_of_surplus(config);
  warn_of_fast_noise(config);
  make_students();
  make_groups();
}

NumpyLegacy MicrocircuitExperiment::run_stream(std::int64_t seed) const {
  const bool shared = config_.facts().shares_noise && config_.rng == Rng::reference;
  return shared ? material_.after_input : stream(config_.rng, seed, "run");
}

void MicrocircuitExperiment::make_students() {
  for (const std::int64_t seed : material_.seeds) {
    State initial =
        initial_state(circuit_, layout_, student_ranges(config_), config_.init_in_SPS, config_.rng, seed);
    if (config_.copy_teacher_weights) copy_weights(layout_, material_.teacher->initial, initial);
    if (config_.copy_teacher_voltages) copy_voltages(layout_, material_.teacher->initial, initial);
    std::vector<std::int64_t> order(static_cast<std::size_t>(config_.dataset_size));
    std::iota(order.begin(), order.end(), 0);
    students_.push_back(
        {seed, run_stream(seed), std::move(order), std::move(initial), Recorder(config_, circuit_, layout_)});
  }
}

void MicrocircuitExperiment::make_groups() {
  const bool native = config_.version == Version::phased || runs_native(config_.backend, context_.device);
  members_ = native ? divided(students_.size(), cpu_lanes(circuit_), context_.threads)
                    : std::vector<Members>{{0, students_.size()}};
  for (std::size_t g = 0; g < members_.size(); ++g) {
    const auto [first, last] = members_[g];
    std::vector<NumpyLegacy*> generators;
    for (std::size_t i = first; i < last; ++i) {
      students_[i].group = g;
      students_[i].place = static_cast<int>(i - first);
      generators.push_back(&students_[i].generator);
    }
    groups_.push_back(native ? cpu_group(circuit_, layout_, std::move(generators))
                             : torch_group(circuit_, layout_, std::move(generators), context_.device));
  }
  for (const Student& student : students_) groups_[student.group]->load(student.place, student.initial);
}

std::span<const double> MicrocircuitExperiment::input_of(std::int64_t sample) const {
  const auto n_0 = static_cast<std::size_t>(circuit_.n.front());
  return std::span(material_.input).subspan(static_cast<std::size_t>(sample) * n_0, n_0);
}

std::span<const double> MicrocircuitExperiment::target_of(std::int64_t sample, std::int64_t step) const {
  if (!taught()) return {};
  const auto n_N = static_cast<std::size_t>(circuit_.n.back());
  const auto target =
      static_cast<std::size_t>((sample * config_.presentation_steps() + step) / material_.target_steps);
  return std::span(material_.target).subspan(target * n_N, n_N);
}

StepReport MicrocircuitExperiment::step() {
  const Schedule::Stretch stretch = schedule_[cursor_];
  if (stretch.begins_epoch)
    for (Student& student : students_) {
      if (config_.facts().shuffles) student.generator.shuffle(std::span(student.order));
      student.error = 0;
    }
  parallel_for(groups_.size(), context_.threads, [&](std::size_t group) {
    if (stretch.epoch == 0)
      settle(group, stretch);
    else
      teach(group, stretch);
  });
  age_ += (stretch.last - stretch.first) * (stretch.epoch == 0 ? 1 : config_.presentation_steps());
  ++cursor_;
  check_finite(stretch);
  return stretch.ends_epoch ? finish_epoch(stretch.epoch) : StepReport();
}

void MicrocircuitExperiment::settle(std::size_t group, const Schedule::Stretch& stretch) {
  const std::int64_t S = config_.presentation_steps();
  std::int64_t age = age_;
  for (std::int64_t step = stretch.first; step < stretch.last;) {
    const std::int64_t sample = step / S, end = std::min((sample + 1) * S, stretch.last);
    for (std::size_t i = members_[group].first; i < members_[group].last; ++i)
      groups_[group]->set_input(students_[i].place, input_of(sample));
    advance(group, age, end - step, false);
    step = end;
  }
}

void MicrocircuitExperiment::teach(std::size_t group, const Schedule::Stretch& stretch) {
  const std::int64_t S = config_.presentation_steps();
  std::int64_t age = age_;
  for (std::int64_t at = stretch.first; at < stretch.last; ++at) {
    for (std::size_t i = members_[group].first; i < members_[group].last; ++i) {
      const Student& student = students_[i];
      groups_[group]->set_input(student.place, input_of(student.order[static_cast<std::size_t>(at)]));
    }
    if (!taught()) {
      advance(group, age, S, true);
      continue;
    }
    for (std::int64_t step = 0; step < S; step += material_.target_steps) {
      for (std::size_t i = members_[group].first; i < members_[group].last; ++i) {
        const Student& student = students_[i];
        groups_[group]->set_target(student.place,
                                   target_of(student.order[static_cast<std::size_t>(at)], step));
      }
      advance(group, age, material_.target_steps, true);
    }
    const Slot& output = layout_.activity[static_cast<std::size_t>((age + 1) % 2)].ub.back();
    for (std::size_t i = members_[group].first; i < members_[group].last; ++i) {
      Student& student = students_[i];
      const auto potential = groups_[group]->read(student.place, output);
      const auto target = target_of(student.order[static_cast<std::size_t>(at)], S - 1);
      for (std::size_t k = 0; k < target.size(); ++k)
        student.error += (potential[k] - target[k]) * (potential[k] - target[k]);
    }
  }
}

void MicrocircuitExperiment::advance(std::size_t group, std::int64_t& age, std::int64_t steps,
                                     bool learning) {
  const std::int64_t every = config_.rec_per_steps;
  while (steps > 0) {
    const std::int64_t some = std::min(steps, every - age % every);
    groups_[group]->advance(some, learning ? plastic_ : Plasticity(), learning && taught());
    age += some;
    steps -= some;
    if (age % every == 0) record(group, age, learning);
  }
}

// The target shown is that of the step.
void MicrocircuitExperiment::record(std::size_t group, std::int64_t age, bool learning) {
  const std::int64_t step = age - 1 - config_.settling_steps();
  const std::int64_t S = config_.presentation_steps();
  const auto at = static_cast<std::size_t>(step / S % config_.dataset_size);
  for (std::size_t i = members_[group].first; i < members_[group].last; ++i) {
    Student& student = students_[i];
    student.recorder.take(state_of(student),
                          learning ? target_of(student.order[at], step % S) : std::span<const double>());
  }
}

void MicrocircuitExperiment::check_finite(const Schedule::Stretch& stretch) const {
  for (const Student& student : students_) {
    const State state = state_of(student);
    each_weight(layout_, [&](const std::string& name, const Slot& slot) {
      if (!std::ranges::all_of(state[slot], [](double w) { return std::isfinite(w); }))
        throw NumericError("student " + std::to_string(student.seed) + ", epoch " +
                           std::to_string(stretch.epoch) + ", samples " + std::to_string(stretch.first + 1) +
                           " to " + std::to_string(stretch.last) +
                           ": weights are not finite; first bad parameter: " + name);
    });
  }
}

std::vector<double> MicrocircuitExperiment::mean_angles() const {
  std::vector<double> mean(static_cast<std::size_t>(config_.hidden()));
  for (const Student& student : students_) {
    const State state = state_of(student);
    for (int l = 1; l < circuit_.N; ++l)
      mean[static_cast<std::size_t>(l) - 1] +=
          angle_WPPT_BPP(circuit_, layout_, state, l) / static_cast<double>(students_.size());
  }
  return mean;
}

StepReport MicrocircuitExperiment::finish_epoch(int epoch) {
  StepReport report;
  report.row = {{"epoch", static_cast<double>(epoch)}};
  if (taught()) {
    double error = 0;
    for (const Student& student : students_) error += student.error;
    report.row.push_back({"mse", error / static_cast<double>(students_.size()) / config_.dataset_size});
  }
  const auto angles = mean_angles();
  for (std::size_t l = 0; l < angles.size(); ++l)
    report.row.push_back({"angle_WPPT_BPP_" + std::to_string(l + 1), angles[l]});
  return report;
}

Arrays MicrocircuitExperiment::state() const {
  Arrays all = {make_scalar("cursor", cursor_), make_scalar("age", age_)};
  for (const Student& student : students_) {
    const std::string prefix = "students/" + std::to_string(student.seed) + "/";
    all.push_back(make_array(prefix + "circuit", state_of(student).values));
    all.push_back(make_array(prefix + "order", student.order));
    all.push_back(make_scalar(prefix + "error", student.error));
    all.push_back(student.generator.save(prefix + "generator"));
    for (Array& series : student.recorder.save(prefix + "record/")) all.push_back(std::move(series));
  }
  return all;
}

void MicrocircuitExperiment::restore(const Arrays& saved) {
  cursor_ = scalar<std::int64_t>(saved, "cursor");
  age_ = scalar<std::int64_t>(saved, "age");
  for (Student& student : students_) {
    const std::string prefix = "students/" + std::to_string(student.seed) + "/";
    const auto values = find(saved, prefix + "circuit").as<double>();
    groups_[student.group]->load(student.place, State{{values.begin(), values.end()}, age_});
    const auto order = find(saved, prefix + "order").as<std::int64_t>();
    student.order.assign(order.begin(), order.end());
    student.error = scalar<double>(saved, prefix + "error");
    student.generator.load(find(saved, prefix + "generator"));
    student.recorder.restore(saved, prefix + "record/");
  }
}

WeightSets MicrocircuitExperiment::weight_sets(std::size_t student) const {
  const Recorder& recorder = students_[student].recorder;
  const auto settling = static_cast<std::size_t>(config_.settling_steps() / config_.rec_per_steps);
  const auto records = static_cast<std::size_t>(recorder.records()) - settling;
  const std::size_t stride = std::max<std::size_t>(1, records / static_cast<std::size_t>(config_.epochs));
  return {recorder, settling, records, stride};
}

Arrays MicrocircuitExperiment::weights() const {
  Arrays all;
  for (const Student& student : students_) {
    const State state = state_of(student);
    each_weight(layout_, [&](const std::string& name, const Slot& slot) {
      all.push_back(make_array<double>(
          std::to_string(student.seed) + "." + name, state[slot],
          {static_cast<std::int64_t>(slot.rows), static_cast<std::int64_t>(slot.columns)}));
    });
  }
  return all;
}

std::unique_ptr<Experiment> MicrocircuitConfiguration::build(const RunContext& context) const {
  return std::make_unique<MicrocircuitExperiment>(config_, context);
}

}  // namespace tsd::microcircuit
