// What a finished run leaves in results.h5 (microcircuit.md 6.3).
#include <algorithm>
#include <cmath>
#include <set>

#include "families/microcircuit/analysis/moments.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "families/microcircuit/outputs.hpp"
#include "tsd/math/spread.hpp"

namespace tsd::microcircuit {

namespace {

constexpr double kConfidence = 0.95;  // of the intervals of tests

Shape shape_of(const Slot& slot) {
  return {static_cast<std::int64_t>(slot.rows), static_cast<std::int64_t>(slot.columns)};
}

}  // namespace

void MicrocircuitExperiment::write_weights(Hdf5Writer& results, const std::string& group, const State& state,
                                           const std::string& documented) const {
  each_weight(layout_, [&](const std::string& name, const Slot& slot) {
    results.dataset<double>(group + "/" + name, state[slot], shape_of(slot), meaning_of(documented));
  });
}

void MicrocircuitExperiment::write_time(Hdf5Writer& results) const {
  const std::int64_t records = students_.front().recorder.records(), every = config_.rec_per_steps;
  std::vector<std::int64_t> steps;
  std::vector<double> times;
  for (std::int64_t k = 1; k <= records; ++k) {
    steps.push_back(k * every);
    times.push_back(static_cast<double>(k * every) * config_.dt);
  }
  results.dataset("/time/step", steps, meaning_of("/time/step"));
  results.dataset("/time/ms", times, meaning_of("/time/ms"));
  results.attribute("/time", "dt", config_.dt);
  results.attribute("/time", "rec_per_steps", every);
  results.attribute("/time", "TPRE", config_.settling_steps() / every);
}

void MicrocircuitExperiment::write_teacher(Hdf5Writer& results) const {
  if (!taught()) return;
  const char* path = material_.shown.held ? "/teacher/target" : "/teacher/target_full";
  const std::int64_t n_N = circuit_.n.back(),
                     targets = static_cast<std::int64_t>(material_.shown.target.size()) / n_N;
  results.dataset<double>(path, material_.shown.target, {targets, n_N}, meaning_of(path));
  if (!material_.shown.label.empty())
    results.dataset("/input/class", material_.shown.label, meaning_of("/input/class"));
  if (!material_.teacher) return;  // of input_file
  write_weights(results, "/teacher", material_.teacher->final, "/teacher/<weights>_<l>");
  results.attribute("/teacher", "seed", material_.teacher->seed);
}

// By the epochs that any of them was tested after: a fork may have had others. Of students that diverged NaN from there on.
void MicrocircuitExperiment::write_tests(Hdf5Writer& results) const {
  if (!material_.tests) return;
  const Samples& tests = *material_.tests;
  const std::int64_t n_N = circuit_.n.back(), n_0 = circuit_.n.front(),
                     count = static_cast<std::int64_t>(tests.input.size()) / n_0;
  results.dataset<double>("/test/r0", tests.input, {count, n_0}, meaning_of("/test/r0"));
  results.dataset<double>("/test/target", tests.target, {count, n_N}, meaning_of("/test/target"));
  if (!tests.label.empty()) results.dataset("/test/class", tests.label, meaning_of("/test/class"));
  std::set<std::int64_t> tested;
  for (const Student& student : students_) tested.insert(student.tested.begin(), student.tested.end());
  const std::vector<std::int64_t> epochs(tested.begin(), tested.end());
  results.dataset("/test/epoch", epochs, meaning_of("/test/epoch"));
  const auto write = [&](const std::string& name, std::vector<double> (Student::*scores)() const) {
    std::vector<std::vector<double>> all;
    for (const Student& student : students_) {
      all.emplace_back(epochs.size(), NAN);
      const auto known = (student.*scores)();
      for (std::size_t k = 0; k < known.size(); ++k)
        all.back()[static_cast<std::size_t>(std::ranges::lower_bound(epochs, student.tested[k]) -
                                            epochs.begin())] = known[k];
      results.dataset<double>("/students/" + std::to_string(student.seed) + "/test/" + name, all.back(),
                              meaning_of("/students/<seed>/test/" + name));
    }
    std::vector<double> mean, half_width;
    for (std::size_t k = 0; k < epochs.size(); ++k) {
      std::vector<double> of_students;
      for (const auto& values : all) of_students.push_back(values[k]);
      const auto spread = math::spread(of_students, kConfidence);
      mean.push_back(spread.mean), half_width.push_back(spread.half_width);
    }
    results.dataset<double>("/summary/test_" + name, mean, meaning_of("/summary/test_" + name));
    results.dataset<double>("/summary/test_" + name + "_interval", half_width,
                            meaning_of("/summary/test_" + name + "_interval"));
  };
  if (!tests.label.empty()) write("accuracy", &Student::accuracies);
  write("error", &Student::errors);
  for (const Student& student : students_)
    if (!student.answers.empty())
      results.dataset<double>("/students/" + std::to_string(student.seed) + "/test/answer", student.answers,
                              {count, n_N}, meaning_of("/students/<seed>/test/answer"));
}

void MicrocircuitExperiment::write_summary(Hdf5Writer& results) const {
  auto averaged = finite_students();
  if (averaged.empty())
    for (const Student& student : students_) averaged.push_back(&student);
  const std::int64_t records = students_.front().recorder.records(), hidden = config_.hidden();
  for (std::size_t kind = 0; kind < std::size(kAngles); ++kind) {
    std::vector<std::vector<double>> of_students;
    for (const Student* student : averaged) of_students.push_back(student->recorder.angles(kind));
    const Moments m = moments(of_students);
    const auto write = [&](const std::string& path, const std::vector<double>& values) {
      results.dataset<double>(path, values, {records, hidden}, meaning_of(path));
    };
    write(std::string("/summary/mean_") + kAngles[kind].name, m.mean);
    write(std::string("/summary/std_") + kAngles[kind].name, m.std);
  }
}

void MicrocircuitExperiment::write_results(Hdf5Writer& results) {
  results.dataset("/seeds", material_.seeds, meaning_of("/seeds"));
  std::vector<std::int64_t> diverged;
  for (const Student& student : students_)
    diverged.push_back(student.finite() ? -1 : schedule_[student.diverged].epoch);
  results.dataset("/diverged_epoch", diverged, meaning_of("/diverged_epoch"));
  results.dataset<double>("/input/r0", material_.shown.input, {config_.dataset_size, circuit_.n.front()},
                          meaning_of("/input/r0"));
  results.attribute("/input", "seed", material_.input_seed);
  write_time(results);
  write_teacher(results);
  if (config_.keep_weights_every > 0)
    results.dataset("/kept/epoch", students_.front().recorder.set_epochs(), meaning_of("/kept/epoch"));
  for (const Student& student : students_) {
    const std::string group = "/students/" + std::to_string(student.seed);
    student.recorder.write(results, group);
    write_weights(results, group + "/init", student.initial, "/students/<seed>/init/<weights>_<l>");
    write_weights(results, group + "/final", student.state, "/students/<seed>/final/<weights>_<l>");
  }
  write_tests(results);
  write_summary(results);
}

}  // namespace tsd::microcircuit
