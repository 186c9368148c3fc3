#include "families/microcircuit/analysis/updates_bp.hpp"

#include <cmath>

#include "families/microcircuit/analysis/angles.hpp"
#include "families/microcircuit/analysis/backprop.hpp"
#include "families/microcircuit/analysis/increments.hpp"
#include "families/microcircuit/analysis/moments.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/error.hpp"
#include "tsd/train/lanes.hpp"

namespace tsd::microcircuit {

namespace {

const Output kAngle = {"/students/<seed>/angle_updates_BP", "set,sample,layer", "degree",
                       "angle between the circuit's dWPP and backprop's, at the end of each sample"};
const Output kSettledOf = {"/students/<seed>/settled", "set,sample", "",
                           "1 where potentials had come to rest at the end of the presentation, 0 where not"};
const Output kEpoch = {"/epoch", "set", "", "epoch of each set of weights, from 1"};
const Output kUnsettled = {"/summary/unsettled", "set", "",
                           "share of samples, over students, that had not come to rest"};
const Output kMeanSettled = {
    "/summary/mean_angle_updates_BP_settled", "set,layer", "degree",
    "mean over students and those samples that had come to rest; NaN where there are none"};
const Output kMean = {"/summary/mean_angle_updates_BP", "set,layer", "degree",
                      "its mean over students and samples"};
const Output kDeviation = {"/summary/std_angle_updates_BP", "set,layer", "degree",
                           "population standard deviation over students of the mean over samples"};

// Largest change of a lookahead potential in the last step of a presentation, up to which a sample counts as settled.
constexpr double kAtRest = 1e-6;

struct Compared {
  std::vector<double> angles;         // [set][sample][layer]
  std::vector<std::int64_t> settled;  // [set][sample]
};

// Students with each of their recorded weights in turn, in the self-predicting state and without noise or
// learning, shown all samples with the teacher's potential of every step.
class Comparison {
 public:
  Comparison(const MicrocircuitExperiment& run, const Teacher& teacher)
      : run_(run), teacher_(teacher), circuit_(with_rates(run.circuit())), layout_(circuit_) {}

  // One result per student.
  void compare(std::span<const std::size_t> students, std::span<Compared> results) const {
    std::vector<State> states;
    for (const std::size_t student : students)
      states.push_back(without_noise(layout_, run_.students()[student].state));
    std::vector<NumpyLegacy> silent(students.size());
    std::vector<Member> members;
    for (NumpyLegacy& generator : silent) members.push_back({&circuit_, &generator});
    const auto group = cpu_group(layout_, std::move(members));
    for (std::size_t set = 0; set < run_.students()[students[0]].recorder.sets(); ++set) {
      for (std::size_t i = 0; i < students.size(); ++i) {
        const Student& student = run_.students()[students[i]];
        if (run_.config().reset_sets) states[i] = student.initial;
        student.recorder.load_weights(set, layout_, states[i]);
        impose_sps(circuit_, layout_, states[i]);
        group->load(static_cast<int>(i), states[i]);
      }
      for (std::int64_t sample = 0; sample < run_.config().dataset_size; ++sample)
        show(*group, sample, states, results);
    }
  }

 private:
  static Circuit with_rates(Circuit circuit) {
    for (double& rate : circuit.fw) rate = 1;  // angles don't depend on it, but it may be 0
    return circuit;
  }

  void show(Group& group, std::int64_t sample, std::vector<State>& states,
            std::span<Compared> results) const {
    const std::int64_t S = run_.config().presentation_steps();
    const auto n_N = static_cast<std::size_t>(circuit_.n.back());
    const int students = static_cast<int>(states.size());
    std::span<const double> target;
    for (int i = 0; i < students; ++i) group.set_input(i, run_.input_of(sample));
    for (std::int64_t step = sample * S; step < (sample + 1) * S; ++step) {
      target = std::span(teacher_.potential).subspan(static_cast<std::size_t>(step) * n_N, n_N);
      for (int i = 0; i < students; ++i) group.set_target(i, target);
      group.advance(1, {}, true);
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      states[i] = group.save(static_cast<int>(i));
      const auto backprop = backprop_updates(circuit_, layout_, states[i], run_.input_of(sample), target);
      results[i].settled.push_back(at_rest(states[i]));
      for (int l = 1; l <= circuit_.N; ++l)
        results[i].angles.push_back(
            angle(dWPP(circuit_, layout_, states[i], l), backprop[static_cast<std::size_t>(l)]));
    }
  }

  bool at_rest(const State& state) const {
    const auto &now = state.now(layout_).ub, &before = state.before(layout_).ub;
    for (std::size_t l = 1; l < now.size(); ++l)
      for (std::size_t i = 0; i < now[l].size(); ++i)
        if (!(std::abs(state[now[l]][i] - state[before[l]][i]) <= kAtRest)) return false;
    return true;
  }

  const MicrocircuitExperiment& run_;
  const Teacher& teacher_;
  Circuit circuit_;
  Layout layout_;
};

// A simulated one, or the potentials of input_file in every step.
Teacher teacher_of(const MicrocircuitExperiment& run) {
  const Config& config = run.config();
  if (!run.taught() || run.material().teacher)
    return simulate_teacher(config, teacher_seed(config.rng, run.material().seeds.front()),
                            run.material().shown.input);
  Teacher teacher{};
  for (std::int64_t sample = 0; sample < config.dataset_size; ++sample)
    for (std::int64_t step = 0; step < config.presentation_steps(); ++step) {
      const auto target = run.target_of(sample, step);
      teacher.potential.insert(teacher.potential.end(), target.begin(), target.end());
    }
  return teacher;
}

std::int64_t sets_of(const Config& config, const Compared& compared) {
  return static_cast<std::int64_t>(compared.settled.size()) / config.dataset_size;
}

void write_student(Hdf5Writer& results, const Config& config, const std::string& group,
                   const Compared& compared) {
  const std::int64_t samples = config.dataset_size, sets = sets_of(config, compared);
  results.dataset<double>(group + "/angle_updates_BP", compared.angles, {sets, samples, config.populations()},
                          kAngle.meaning());
  results.dataset<std::int64_t>(group + "/settled", compared.settled, {sets, samples}, kSettledOf.meaning());
}

// The mean over samples of one student, [set][layer]: of all, or of those that had settled.
std::vector<double> mean_over_samples(const Config& config, const Compared& compared, bool settled_alone) {
  const auto L = static_cast<std::size_t>(config.populations()),
             samples = static_cast<std::size_t>(config.dataset_size);
  std::vector<double> mean(compared.angles.size() / samples), count(mean.size());
  for (std::size_t e = 0; e < compared.angles.size(); ++e) {
    if (settled_alone && compared.settled[e / L] == 0) continue;
    const std::size_t at = e / L / samples * L + e % L;
    if (settled_alone)
      mean[at] += compared.angles[e], count[at] += 1;
    else
      mean[at] += compared.angles[e] / static_cast<double>(samples);
  }
  if (settled_alone)
    for (std::size_t at = 0; at < mean.size(); ++at) mean[at] = count[at] > 0 ? mean[at] / count[at] : NAN;
  return mean;
}

void write_summary(Hdf5Writer& results, const Config& config, const std::vector<Compared>& compared) {
  const std::int64_t sets = sets_of(config, compared[0]), layers = config.populations();
  std::vector<std::vector<double>> means, of_settled;
  std::vector<double> unsettled(static_cast<std::size_t>(sets));
  for (const Compared& student : compared) {
    means.push_back(mean_over_samples(config, student, false));
    of_settled.push_back(mean_over_samples(config, student, true));
    for (std::size_t e = 0; e < student.settled.size(); ++e)
      unsettled[e / static_cast<std::size_t>(config.dataset_size)] +=
          (student.settled[e] == 0) / static_cast<double>(config.dataset_size) /
          static_cast<double>(compared.size());
  }
  const Moments m = moments(means);
  results.dataset<double>(kMean.path, m.mean, {sets, layers}, kMean.meaning());
  results.dataset<double>(kDeviation.path, m.std, {sets, layers}, kDeviation.meaning());
  std::vector<double> settled(m.mean.size());
  for (std::size_t at = 0; at < settled.size(); ++at) {
    double sum = 0, count = 0;
    for (const auto& of_student : of_settled)
      if (std::isfinite(of_student[at])) sum += of_student[at], count += 1;
    settled[at] = count > 0 ? sum / count : NAN;
  }
  results.dataset<double>(kMeanSettled.path, settled, {sets, layers}, kMeanSettled.meaning());
  results.dataset(kUnsettled.path, unsettled, kUnsettled.meaning());
}

void run(Experiment& finished, Hdf5Writer& results) {
  const auto& experiment = static_cast<const MicrocircuitExperiment&>(finished);
  const Config& config = experiment.config();
  std::vector<std::size_t> students;  // that did not diverge
  for (std::size_t i = 0; i < experiment.students().size(); ++i)
    if (experiment.students()[i].finite()) students.push_back(i);
  const Teacher teacher = teacher_of(experiment);
  const Comparison comparison(experiment, teacher);
  std::vector<Compared> compared(students.size());
  const auto parts = train::divided(students.size(), static_cast<std::size_t>(cpu_lanes(config.version)),
                                    experiment.context().threads);
  parallel_for(parts.size(), experiment.context().threads, [&](std::size_t part) {
    const auto [first, last] = parts[part];
    comparison.compare(std::span(students).subspan(first, last - first),
                       std::span(compared).subspan(first, last - first));
  });
  for (std::size_t i = 0; i < students.size(); ++i) {
    const std::string group = "/students/" + std::to_string(experiment.students()[students[i]].seed);
    write_student(results, config, group, compared[i]);
  }
  results.dataset(kEpoch.path, experiment.students()[students[0]].recorder.set_epochs(), kEpoch.meaning());
  write_summary(results, config, compared);
}

}  // namespace

Analysis updates_bp() {
  return {"updates_bp",
          "angles between forward updates and those of backprop",
          {kEpoch, kAngle, kSettledOf, kMean, kDeviation, kMeanSettled, kUnsettled},
          run};
}

}  // namespace tsd::microcircuit
