#include "families/plastic/outputs.hpp"

#include "families/plastic/learner.hpp"

namespace tsd::plastic {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all;
  train::add_outputs(kStages, "/runs/<seed>/stages", all, "stage");
  for (const ScalarFacts& facts : kScalars)
    all.push_back({std::string("/runs/<seed>/scalars/") + facts.name, std::string("record") + facts.dims,
                   facts.units, facts.meaning});
  all.push_back({"/runs/<seed>/models/<stage>/<parameter>", "...", "",
                 "parameters at the end of the stage R_<R>, or latest"});
  all.push_back({"/summary/seed", "run", "", "seed of each run"});
  all.push_back(
      {"/summary/max_R_attempted", "run", "scenes", "repeat interval reached, which the original reports"});
  all.push_back({"/summary/max_R_mastered", "run", "scenes", "largest repeat interval mastered; 0: none"});
  all.push_back({"/summary/total_iterations", "run", "iterations", "iterations done"});
  all.push_back({"/summary/R", "interval", "scenes", "repeat intervals of iterations_to_R"});
  all.push_back({"/summary/iterations_to_R", "run,interval", "iterations",
                 "iterations until the interval was mastered; NaN: never"});
  all.push_back({"/summary/n_parameters", "", "", "trained numbers"});
  all.push_back({"/summary/n_plastic_synapses", "", "", "entries of plastic matrices"});
  all.push_back({"/summary/n_plastic_neurons", "", "", "neurons with plastic inputs"});
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

}  // namespace tsd::plastic
