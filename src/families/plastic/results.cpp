// What a finished run leaves in results.h5 (plastic.md 6.2).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "families/plastic/experiment.hpp"
#include "families/plastic/outputs.hpp"

namespace tsd::plastic {

namespace {

const char* name_of(End end) {
  switch (end) {
    case End::max_R:
      return "max_R";
    case End::cap:
      return "cap";
    case End::iterations:
      return "iterations";
    case End::data:
      return "data";
    case End::diverged:
      return "diverged";
    case End::chance:
      return "chance";
    case End::no:
      return "wall";
  }
  return "";
}

// Finished stages, and the one under way.
std::vector<Stage> all_stages(const Learner& learner) {
  std::vector<Stage> all = learner.stages();
  if (learner.current().iterations > 0 && (all.empty() || all.back().R != learner.current().R))
    all.push_back(learner.current());
  return all;
}

}  // namespace

void PlasticExperiment::write_scalars(Hdf5Writer& results, const std::string& group,
                                      const Learner& learner) const {
  const ScalarTable& table = learner.table();
  const std::size_t records = learner.log().size() / table.width();
  for (std::size_t s = 0; s < std::size(kScalars); ++s) {
    std::vector<double> values;
    for (std::size_t r = 0; r < records; ++r)
      for (std::size_t c = 0; c < table.columns(s); ++c)
        values.push_back(learner.log()[r * table.width() + table.first(s) + c]);
    Shape shape = {static_cast<std::int64_t>(records)};
    if (*kScalars[s].dims != '\0') shape.push_back(static_cast<std::int64_t>(table.columns(s)));
    results.dataset<double>(group + "/scalars/" + kScalars[s].name, values, shape,
                            meaning_of(std::string("/runs/<seed>/scalars/") + kScalars[s].name));
  }
}

void PlasticExperiment::write_model(Hdf5Writer& results, const std::string& group, const Learner& learner,
                                    std::span<const float> parameters) const {
  for (const Array& array : to_arrays(learner.layout(), parameters))
    results.dataset(group + "/" + array.name, array, meaning_of("/runs/<seed>/models/<stage>/<parameter>"));
}

void PlasticExperiment::write_run(Hdf5Writer& results, const Learner& learner) const {
  const std::string group = "/runs/" + std::to_string(learner.seed());
  train::write(kStages, all_stages(learner), 0, group + "/stages", results, "stage");
  write_scalars(results, group, learner);
  for (const Stage& stage : learner.stages()) {
    const std::string model = group + "/models/R_" + std::to_string(stage.R);
    write_model(results, model, learner, stage.parameters);
    results.attribute(model, "iter_global", stage.first + stage.iterations);
    results.attribute(model, "mastered", std::int64_t{stage.mastered});
  }
  write_model(results, group + "/models/latest", learner, learner.parameters());
  results.attribute(group, "status", name_of(learner.end()));
  results.attribute(group, "seed", learner.seed());
}

void PlasticExperiment::write_summary(Hdf5Writer& results) const {
  std::vector<std::uint64_t> seeds;
  std::vector<std::int64_t> attempted, mastered, iterations, intervals;
  for (const Learner& l : learners_) {
    seeds.push_back(l.seed());
    attempted.push_back(l.max_R_attempted());
    mastered.push_back(l.max_R_mastered());
    iterations.push_back(l.iterations());
  }
  for (std::int64_t R = config_.R_start; R <= std::ranges::max(attempted); R += config_.R_increment)
    intervals.push_back(R);
  std::vector<double> to_R;
  for (const Learner& l : learners_)
    for (const std::int64_t R : intervals) {
      const auto stage =
          std::ranges::find_if(l.stages(), [&](const Stage& s) { return s.R == R && s.mastered; });
      to_R.push_back(stage == l.stages().end() ? NAN : static_cast<double>(stage->first + stage->iterations));
    }
  const auto write = [&](const char* name, const std::vector<std::int64_t>& values) {
    results.dataset(std::string("/summary/") + name, values, meaning_of(std::string("/summary/") + name));
  };
  constexpr auto kMostSigned = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (std::ranges::max(seeds) > kMostSigned)
    results.dataset("/summary/seed", seeds, meaning_of("/summary/seed"));
  else
    write("seed", {seeds.begin(), seeds.end()});
  write("max_R_attempted", attempted);
  write("max_R_mastered", mastered);
  write("total_iterations", iterations);
  write("R", intervals);
  results.dataset<double>("/summary/iterations_to_R", to_R,
                          {config_.n_runs, static_cast<std::int64_t>(intervals.size())},
                          meaning_of("/summary/iterations_to_R"));
  const ModelSpec network = config_.spec();
  std::int64_t neurons = 0;
  for (const Layer& layer : network.layers) neurons += layer.plastic() ? layer.n : 0;
  const auto count = [&](const std::string& path, std::int64_t value) {
    results.dataset(path, make_scalar(path, value), meaning_of(path));
  };
  count("/summary/n_parameters", static_cast<std::int64_t>(learners_[0].layout().size()));
  count("/summary/n_plastic_synapses", network.synapses());
  count("/summary/n_plastic_neurons", neurons);
}

void PlasticExperiment::write_results(Hdf5Writer& results) {
  for (const Learner& learner : learners_) write_run(results, learner);
  write_summary(results);
  results.attribute("/summary", "reference_name", config_.reference_name());
}

}  // namespace tsd::plastic
