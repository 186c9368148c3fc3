#include "families/microcircuit/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/microcircuit/batch.hpp"
#include "families/microcircuit/data/own_files.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "families/microcircuit/without_effect.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

namespace {

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

MicrocircuitExperiment::MicrocircuitExperiment(const Config& config, const RunContext& context)
    : Run(config, context) {
  warn_of_surplus(config);
  tell(without_effect(config));
  warn_of_fast_noise(config);
  if (!context.directory.empty() && config.input_file) log_info(about_samples(config, material_));
  make_students();
}

NumpyLegacy MicrocircuitExperiment::run_stream(std::int64_t seed) const {
  const bool shared = config_.facts().shares_noise && config_.rng == Rng::reference;
  return shared ? material_.after_input : stream(config_.rng, seed, "run");
}

void MicrocircuitExperiment::make_students() {
  std::optional<OwnWeights> own;
  if (config_.init_file) own.emplace(*config_.init_file);
  for (const std::int64_t seed : material_.seeds) {
    State initial =
        initial_state(circuit_, layout_, student_ranges(config_), config_.init_in_SPS, config_.rng, seed);
    if (own) own->take(circuit_, layout_, config_.init_in_SPS, seed, initial);
    if (config_.copy_teacher_weights) copy_weights(layout_, material_.teacher->initial, initial);
    if (config_.copy_teacher_voltages) copy_voltages(layout_, material_.teacher->initial, initial);
    std::vector<std::int64_t> order(static_cast<std::size_t>(config_.dataset_size));
    std::iota(order.begin(), order.end(), 0);
    students_.push_back(
        {seed, run_stream(seed), std::move(order), initial, initial, Recorder(config_, circuit_, layout_)});
  }
}

StepReport MicrocircuitExperiment::step() {
  Experiment* const self[] = {this};
  const auto outcomes = step_together(self, context_.threads);
  if (outcomes[0].error) std::rethrow_exception(outcomes[0].error);
  return outcomes[0].report;
}

std::vector<StepOutcome> MicrocircuitExperiment::step_together(std::span<Experiment* const> runs,
                                                               int threads) {
  std::vector<Seat> seats;
  for (Experiment* experiment : runs) {
    auto& run = static_cast<MicrocircuitExperiment&>(*experiment);
    run.begin_stretch();
    for (Student& student : run.students_)
      if (student.finite()) seats.push_back({&run, &student});
  }
  auto all = batches(seats, threads);
  parallel_for(all.size(), threads, [&](std::size_t i) { all[i].simulate(); });
  std::vector<StepOutcome> outcomes;
  for (Experiment* experiment : runs)
    outcomes.push_back(
        outcome_of([&] { return static_cast<MicrocircuitExperiment&>(*experiment).end_stretch(); }));
  return outcomes;
}

void MicrocircuitExperiment::begin_stretch() {
  if (!stretch().begins_epoch) return;
  for (Student& student : students_) {
    if (config_.facts().shuffles) student.generator.shuffle(std::span(student.order));
    student.error = 0;
  }
}

StepReport MicrocircuitExperiment::end_stretch() {
  find_diverged();
  const Schedule::Stretch done = schedule_[cursor_++];
  return done.ends_epoch && !finite_students().empty() ? finish_epoch(done.epoch) : StepReport();
}

std::string MicrocircuitExperiment::first_bad_parameter(const Student& student) const {
  std::string first;
  each_weight(layout_, [&](const std::string& name, const Slot& slot) {
    if (first.empty() && !std::ranges::all_of(student.state[slot], [](double w) { return std::isfinite(w); }))
      first = name;
  });
  return first;
}

void MicrocircuitExperiment::find_diverged() {
  for (Student& student : students_) {
    if (!student.finite()) continue;
    const std::string bad = first_bad_parameter(student);
    if (bad.empty()) continue;
    student.diverged = cursor_;
    log_warning("student " + std::to_string(student.seed) + " diverged in epoch " +
                std::to_string(stretch().epoch) + ": " + bad + " is not finite");
  }
  const auto records = [](const Student& student) { return student.recorder.records(); };
  const Student& longest = *std::ranges::max_element(students_, {}, records);
  for (Student& student : students_)
    if (records(student) < records(longest)) student.recorder.pad_to(longest.recorder);
}

std::vector<const Student*> MicrocircuitExperiment::finite_students() const {
  std::vector<const Student*> all;
  for (const Student& student : students_)
    if (student.finite()) all.push_back(&student);
  return all;
}

bool MicrocircuitExperiment::finished() const {
  const std::size_t finite = finite_students().size();
  return finite == 0 || (finite < students_.size() && config_.on_divergence == OnDivergence::stop);
}

std::optional<std::string> MicrocircuitExperiment::divergence() const {
  if (!finished()) return std::nullopt;
  std::string all;
  for (const Student& student : students_) {
    if (student.finite()) continue;
    const Schedule::Stretch end = schedule_[student.diverged];
    all += (all.empty() ? "student " : "; student ") + std::to_string(student.seed) + ", epoch " +
           std::to_string(end.epoch) + ", " + (end.epoch == 0 ? "steps " : "samples ") +
           std::to_string(end.first + 1) + " to " + std::to_string(end.last) +
           ": weights are not finite; first bad parameter: " + first_bad_parameter(student);
  }
  const bool others = !finite_students().empty();
  return all + "; results.h5 holds what came before" +
         (others ? " (on_divergence: drop goes on with the other students)" : "");
}

Headline MicrocircuitExperiment::headline() const {
  if (material_.tests)
    return material_.tests->label.empty() ? Headline{"test_error", false} : Headline{"test_accuracy"};
  return {taught() ? "mse" : "angle_WPPT_BPP_1", false};
}

bool MicrocircuitExperiment::tested_after(int epoch) const {
  return material_.tests && (epoch % config_.test_every == 0 || epoch == config_.epochs);
}

void MicrocircuitExperiment::test(int epoch) {
  std::vector<Seat> seats;
  for (Student& student : students_)
    if (student.finite()) seats.push_back({this, &student});
  auto all = batches(seats, context_.threads);
  parallel_for(all.size(), context_.threads, [&](std::size_t i) { all[i].answer(material_.tests->input); });
  for (const Seat& seat : seats) {
    seat.student->scores.push_back(
        score_of(*material_.tests, static_cast<std::size_t>(circuit_.n.back()), seat.student->answers));
    seat.student->tested.push_back(epoch);
  }
}

// NaN after epochs without a test: metrics.csv has the same columns in every row.
void MicrocircuitExperiment::add_tests(int epoch, StepReport& report) const {
  if (!material_.tests) return;
  double accuracy = 0, error = 0;
  const auto finite = finite_students();
  for (const Student* student : finite) {
    if (student->scores.empty()) continue;
    accuracy += student->scores.back().accuracy / static_cast<double>(finite.size());
    error += student->scores.back().error / static_cast<double>(finite.size());
  }
  const bool now = tested_after(epoch);
  if (!material_.tests->label.empty()) report.row.push_back({"test_accuracy", now ? accuracy : NAN});
  report.row.push_back({"test_error", now ? error : NAN});
}

std::vector<double> MicrocircuitExperiment::mean_angles() const {
  std::vector<double> mean(static_cast<std::size_t>(config_.hidden()));
  const auto finite = finite_students();
  for (const Student* student : finite) {
    for (int l = 1; l < circuit_.N; ++l)
      mean[static_cast<std::size_t>(l) - 1] +=
          angle_WPPT_BPP(circuit_, layout_, student->state, l) / static_cast<double>(finite.size());
  }
  return mean;
}

StepReport MicrocircuitExperiment::finish_epoch(int epoch) {
  if (tested_after(epoch)) test(epoch);
  StepReport report;
  report.row = {{"epoch", static_cast<double>(epoch)}};
  if (taught()) {
    double error = 0;
    const auto finite = finite_students();
    for (const Student* student : finite) error += student->error;
    report.row.push_back({"mse", error / static_cast<double>(finite.size()) / config_.dataset_size});
  }
  add_tests(epoch, report);
  const auto angles = mean_angles();
  for (std::size_t l = 0; l < angles.size(); ++l)
    report.row.push_back({"angle_WPPT_BPP_" + std::to_string(l + 1), angles[l]});
  return report;
}

Arrays MicrocircuitExperiment::state() const {
  std::int64_t age = 0;  // of those that did not diverge
  for (const Student& student : students_) age = std::max(age, student.state.steps);
  Arrays all = {make_scalar("cursor", cursor_), make_scalar("age", age)};
  for (const Student& student : students_) {
    const std::string prefix = "students/" + std::to_string(student.seed) + "/";
    all.push_back(make_array(prefix + "circuit", student.state.values));
    all.push_back(make_array(prefix + "order", student.order));
    all.push_back(make_scalar(prefix + "error", student.error));
    all.push_back(make_scalar(prefix + "diverged", student.diverged));
    all.push_back(student.generator.save(prefix + "generator"));
    if (material_.tests) {
      all.push_back(make_array(prefix + "tested", student.tested));
      all.push_back(make_array(prefix + "test_accuracy", student.accuracies()));
      all.push_back(make_array(prefix + "test_error", student.errors()));
      all.push_back(make_array(prefix + "answers", student.answers));
    }
    for (Array& series : student.recorder.save(prefix + "record/")) all.push_back(std::move(series));
  }
  return all;
}

void MicrocircuitExperiment::restore(const Arrays& saved) {
  cursor_ = scalar<std::int64_t>(saved, "cursor");
  const auto age = scalar<std::int64_t>(saved, "age");
  for (Student& student : students_) {
    const std::string prefix = "students/" + std::to_string(student.seed) + "/";
    const auto values = find(saved, prefix + "circuit").as<double>();
    student.state = {{values.begin(), values.end()}, age};
    const auto order = find(saved, prefix + "order").as<std::int64_t>();
    student.order.assign(order.begin(), order.end());
    student.error = scalar<double>(saved, prefix + "error");
    student.diverged = scalar<std::int64_t>(saved, prefix + "diverged");
    student.generator.load(find(saved, prefix + "generator"));
    student.recorder.restore(saved, prefix + "record/");
    if (!material_.tests) continue;
    const auto accuracy = find(saved, prefix + "test_accuracy").as<double>(),
               error = find(saved, prefix + "test_error").as<double>(),
               answers = find(saved, prefix + "answers").as<double>();
    student.scores.clear();
    for (std::size_t k = 0; k < accuracy.size(); ++k) student.scores.push_back({accuracy[k], error[k]});
    const auto tested = find(saved, prefix + "tested").as<std::int64_t>();
    student.tested.assign(tested.begin(), tested.end());
    student.answers.assign(answers.begin(), answers.end());
  }
}

Arrays MicrocircuitExperiment::weights() const {
  Arrays all;
  for (const Student& student : students_) {
    each_weight(layout_, [&](const std::string& name, const Slot& slot) {
      all.push_back(make_array<double>(
          std::to_string(student.seed) + "." + name, student.state[slot],
          {static_cast<std::int64_t>(slot.rows), static_cast<std::int64_t>(slot.columns)}));
    });
  }
  return all;
}

}  // namespace tsd::microcircuit
