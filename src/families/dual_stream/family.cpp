#include "families/dual_stream/analysis/analyses.hpp"
#include "families/dual_stream/fit/fit_experiment.hpp"
#include "families/dual_stream/outputs.hpp"
#include "tsd/families/dual_stream.hpp"

namespace tsd::dual_stream {

std::unique_ptr<Experiment> DualStreamConfiguration::build(const RunContext& context) const {
  if (config_.fit.wanted()) return std::make_unique<FitExperiment>(config_, context);
  return std::make_unique<DualStreamExperiment>(config_, context);
}

DualStreamExperiment& run_of(Experiment& finished) {
  if (auto* fit = dynamic_cast<FitExperiment*>(&finished)) return fit->best_run();
  return dynamic_cast<DualStreamExperiment&>(finished);
}

Family family() {
  Family f;
  f.name = "dual_stream";
  f.command = "train-dual-stream";
  f.title = "concept learning by a fast, recruiting stream and a slow multilayer network that share one loss";
  f.paper =
      "Thinking fast and slow, github.com/don-tpanic/thinking_fast_and_slow; after Love, Medin & Gureckis "
      "2004, "
      "SUSTAIN: a network model of category learning, Psychological Review, doi:10.1037/0033-295X.111.2.309";
  f.tasks = {"shj", "new_stimuli", "file"};
  f.analyses = {learning(), maps(), human(), reference()};
  f.outputs = outputs();
  f.example = "configs/dual_stream.yaml";
  f.recognise = recognise;
  f.make = [] { return std::make_unique<DualStreamConfiguration>(); };
  return f;
}

}  // namespace tsd::dual_stream
