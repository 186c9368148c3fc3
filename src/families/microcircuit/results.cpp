// What a finished run leaves in results.h5 (microcircuit.md 6.3).
#include "families/microcircuit/analysis/moments.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "families/microcircuit/outputs.hpp"

namespace tsd::microcircuit {

namespace {

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
  const char* path = config_.facts().holds_targets ? "/teacher/target" : "/teacher/target_full";
  const std::int64_t n_N = circuit_.n.back(),
                     targets = static_cast<std::int64_t>(material_.target.size()) / n_N;
  results.dataset<double>(path, material_.target, {targets, n_N}, meaning_of(path));
  if (!material_.teacher) return;  // of input_file
  write_weights(results, "/teacher", material_.teacher->final, "/teacher/<weights>_<l>");
  results.attribute("/teacher", "seed", material_.teacher->seed);
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
  results.dataset<double>("/input/r0", material_.input, {config_.dataset_size, circuit_.n.front()},
                          meaning_of("/input/r0"));
  results.attribute("/input", "seed", material_.input_seed);
  write_time(results);
  write_teacher(results);
  for (const Student& student : students_) {
    const std::string group = "/students/" + std::to_string(student.seed);
    student.recorder.write(results, group);
    write_weights(results, group + "/init", student.initial, "/students/<seed>/init/<weights>_<l>");
    write_weights(results, group + "/final", student.state, "/students/<seed>/final/<weights>_<l>");
  }
  write_summary(results);
}

}  // namespace tsd::microcircuit
