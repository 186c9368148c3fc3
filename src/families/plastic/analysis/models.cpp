#include "families/plastic/analysis/models.hpp"

#include <algorithm>
#include <set>

#include "tsd/error.hpp"

namespace tsd::plastic {

namespace {

bool wanted(const Config& config, const Model& model) {
  const auto& chosen = config.record_states.R;
  if (!chosen.empty()) return model.name != "latest" && std::ranges::count(chosen, model.R) > 0;
  const std::int64_t best = model.learner->max_R_mastered();
  return best > 0 ? model.mastered && model.R == best : model.name == "latest";
}

std::string finished_intervals(PlasticExperiment& experiment) {
  std::set<int> intervals;
  for (const Model& model : models_of(experiment))
    if (model.name != "latest") intervals.insert(model.R);
  std::string text;
  for (const int R : intervals) text += (text.empty() ? "" : ", ") + std::to_string(R);
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<Model> models_of(PlasticExperiment& experiment) {
  std::vector<Model> all;
  for (const Learner& learner : experiment.learners()) {
    for (const Stage& stage : learner.stages())
      all.push_back({&learner, "R_" + std::to_string(stage.R), static_cast<int>(stage.R), stage.mastered,
                     stage.parameters});
    all.push_back(
        {&learner, "latest", static_cast<int>(learner.max_R_attempted()), false, learner.parameters()});
  }
  return all;
}

std::vector<Model> chosen_models(PlasticExperiment& experiment) {
  std::vector<Model> chosen;
  for (const Model& model : models_of(experiment))
    if (wanted(experiment.config(), model)) chosen.push_back(model);
  if (chosen.empty())
    throw MissingInput("record_states.R: expected repeat intervals of finished stages (" +
                       finished_intervals(experiment) + "), got others");
  return chosen;
}

std::unique_ptr<Draws> fresh_draws(const Model& model, const std::string& purpose, int R) {
  return fast_draws(model.learner->seed(), purpose + "/" + model.name + "/" + std::to_string(R));
}

}  // namespace tsd::plastic
