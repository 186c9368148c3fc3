#include "families/microcircuit/updates_bp.hpp"

#include <cmath>

#include "families/microcircuit/angles.hpp"
#include "families/microcircuit/backprop.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/increments.hpp"
#include "families/microcircuit/initial.hpp"
#include "families/microcircuit/moments.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

namespace {

const Output kAngle = {"/students/<seed>/angle_updates_BP", "set,sample,layer", "degree",
                       "angle between the circuit's dWPP and backprop's, at the end of each sample"};
const Output kMean = {"/summary/mean_angle_updates_BP", "set,layer", "degree", "its mean over students and samples"};
const Output kDeviation = {"/summary/std_angle_updates_BP", "set,layer", "degree",
                           "population standard deviation over students of the mean over samples"};

Meaning meaning_of(const Output& output) { return {output.dims, output.units, output.description}; }

// One student with each of its recorded weights in turn, in the self-predicting state and without noise or learning,
// shown all samples with the teacher's potential of every step.
class Comparison {
 public:
  Comparison(const MicrocircuitExperiment& run, const Teacher& teacher)
      : run_(run), teacher_(teacher), circuit_(without_noise(run)), layout_(circuit_) {}

  // [set][sample][layer]
  std::vector<double> of(std::size_t student) const {
    const WeightSets sets = run_.weight_sets(student);
    NumpyLegacy silent;
    const auto group = cpu_group(circuit_, layout_, {&silent});
    State state = run_.current(student);
    for (const auto& activity : layout_.activity)
      for (const Slot& xi : activity.xi) std::ranges::fill(state[xi], 0.0);
    std::vector<double> angles;
    for (std::size_t set = 0; set < sets.count(); ++set) {
      sets.load(set, layout_, state);
      impose_sps(circuit_, layout_, state);
      group->load(0, state);
      for (std::int64_t sample = 0; sample < run_.config().dataset_size; ++sample) compare(*group, sample, angles);
      state = group->save(0);
    }
    return angles;
  }

 private:
  static Circuit without_noise(const MicrocircuitExperiment& run) {
    Circuit circuit = run.circuit();
    for (double& rate : circuit.fw) rate = 1;  // angles don't depend on it, but it may be 0
    return circuit;
  }

  void compare(Group& group, std::int64_t sample, std::vector<double>& angles) const {
    const std::int64_t S = run_.config().presentation_steps();
    const auto n_N = static_cast<std::size_t>(circuit_.n.back());
    group.set_input(0, run_.input_of(sample));
    std::span<const double> target;
    for (std::int64_t step = sample * S; step < (sample + 1) * S; ++step) {
      target = std::span(teacher_.potential).subspan(static_cast<std::size_t>(step) * n_N, n_N);
      group.set_target(0, target);
      group.advance(1, {}, true);
    }
    const State state = group.save(0);
    const auto backprop = backprop_updates(circuit_, layout_, state, run_.input_of(sample), target);
    for (int l = 1; l <= circuit_.N; ++l)
      angles.push_back(angle(dWPP(circuit_, layout_, state, l), backprop[static_cast<std::size_t>(l)]));
  }

  const MicrocircuitExperiment& run_;
  const Teacher& teacher_;
  Circuit circuit_;
  Layout layout_;
};

void run(Experiment& finished, Hdf5Writer& results) {
  const auto& experiment = static_cast<const MicrocircuitExperiment&>(finished);
  const Config& config = experiment.config();
  const auto& seeds = experiment.material().seeds;
  const Teacher teacher = simulate_teacher(config, teacher_seed(config.rng, seeds.front()), experiment.material().input);
  const Comparison comparison(experiment, teacher);
  std::vector<std::vector<double>> angles(seeds.size()), means(seeds.size());
  parallel_for(seeds.size(), experiment.context().threads, [&](std::size_t i) { angles[i] = comparison.of(i); });

  const std::int64_t samples = config.dataset_size, layers = config.populations();
  const auto sets = static_cast<std::int64_t>(angles[0].size()) / samples / layers;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    results.dataset<double>("/students/" + std::to_string(seeds[i]) + "/angle_updates_BP", angles[i],
                            {sets, samples, layers}, meaning_of(kAngle));
    means[i].resize(static_cast<std::size_t>(sets * layers));
    for (std::size_t e = 0; e < angles[i].size(); ++e) {
      const auto L = static_cast<std::size_t>(layers), set = e / L / static_cast<std::size_t>(samples);
      means[i][set * L + e % L] += angles[i][e] / static_cast<double>(samples);
    }
  }
  const Moments m = moments(means);
  results.dataset<double>(kMean.path, m.mean, {sets, layers}, meaning_of(kMean));
  results.dataset<double>(kDeviation.path, m.std, {sets, layers}, meaning_of(kDeviation));
}

}  // namespace

Analysis updates_bp() {
  return {"updates_bp", "angles between forward updates and those of backprop", {kAngle, kMean, kDeviation}, run};
}

}  // namespace tsd::microcircuit
