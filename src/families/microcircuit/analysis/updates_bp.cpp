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
const Output kMean = {"/summary/mean_angle_updates_BP", "set,layer", "degree",
                      "its mean over students and samples"};
const Output kDeviation = {"/summary/std_angle_updates_BP", "set,layer", "degree",
                           "population standard deviation over students of the mean over samples"};

// Students with each of their recorded weights in turn, in the self-predicting state and without noise or
// learning, shown all samples with the teacher's potential of every step.
class Comparison {
 public:
  Comparison(const MicrocircuitExperiment& run, const Teacher& teacher)
      : run_(run), teacher_(teacher), circuit_(with_rates(run.circuit())), layout_(circuit_) {}

  // One result per student, [set][sample][layer].
  void compare(std::span<const std::size_t> students, std::span<std::vector<double>> angles) const {
    std::vector<State> states;
    for (const std::size_t student : students)
      states.push_back(without_noise(layout_, run_.students()[student].state));
    std::vector<NumpyLegacy> silent(students.size());
    std::vector<Member> members;
    for (NumpyLegacy& generator : silent) members.push_back({&circuit_, &generator});
    const auto group = cpu_group(layout_, std::move(members));
    for (std::size_t set = 0; set < run_.weight_sets(students[0]).count(); ++set) {
      for (std::size_t i = 0; i < students.size(); ++i) {
        run_.weight_sets(students[i]).load(set, layout_, states[i]);
        impose_sps(circuit_, layout_, states[i]);
        group->load(static_cast<int>(i), states[i]);
      }
      for (std::int64_t sample = 0; sample < run_.config().dataset_size; ++sample)
        show(*group, sample, states, angles);
    }
  }

 private:
  static Circuit with_rates(Circuit circuit) {
    for (double& rate : circuit.fw) rate = 1;  // angles don't depend on it, but it may be 0
    return circuit;
  }

  void show(Group& group, std::int64_t sample, std::vector<State>& states,
            std::span<std::vector<double>> angles) const {
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
      for (int l = 1; l <= circuit_.N; ++l)
        angles[i].push_back(
            angle(dWPP(circuit_, layout_, states[i], l), backprop[static_cast<std::size_t>(l)]));
    }
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

void run(Experiment& finished, Hdf5Writer& results) {
  const auto& experiment = static_cast<const MicrocircuitExperiment&>(finished);
  const Config& config = experiment.config();
  std::vector<std::size_t> students;  // that did not diverge
  for (std::size_t i = 0; i < experiment.students().size(); ++i)
    if (experiment.students()[i].finite()) students.push_back(i);
  const Teacher teacher = teacher_of(experiment);
  const Comparison comparison(experiment, teacher);
  std::vector<std::vector<double>> angles(students.size()), means(students.size());
  const auto parts = train::divided(students.size(), static_cast<std::size_t>(cpu_lanes(config.version)),
                                    experiment.context().threads);
  parallel_for(parts.size(), experiment.context().threads, [&](std::size_t part) {
    const auto [first, last] = parts[part];
    comparison.compare(std::span(students).subspan(first, last - first),
                       std::span(angles).subspan(first, last - first));
  });

  const std::int64_t samples = config.dataset_size, layers = config.populations();
  const auto sets = static_cast<std::int64_t>(angles[0].size()) / samples / layers;
  for (std::size_t i = 0; i < students.size(); ++i) {
    const std::string seed = std::to_string(experiment.students()[students[i]].seed);
    results.dataset<double>("/students/" + seed + "/angle_updates_BP", angles[i], {sets, samples, layers},
                            kAngle.meaning());
    means[i].resize(static_cast<std::size_t>(sets * layers));
    for (std::size_t e = 0; e < angles[i].size(); ++e) {
      const auto L = static_cast<std::size_t>(layers), set = e / L / static_cast<std::size_t>(samples);
      means[i][set * L + e % L] += angles[i][e] / static_cast<double>(samples);
    }
  }
  const Moments m = moments(means);
  results.dataset<double>(kMean.path, m.mean, {sets, layers}, kMean.meaning());
  results.dataset<double>(kDeviation.path, m.std, {sets, layers}, kDeviation.meaning());
}

}  // namespace

Analysis updates_bp() {
  return {
      "updates_bp", "angles between forward updates and those of backprop", {kAngle, kMean, kDeviation}, run};
}

}  // namespace tsd::microcircuit
