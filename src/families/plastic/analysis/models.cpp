#include "families/plastic/analysis/models.hpp"

namespace tsd::plastic {

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

std::unique_ptr<Draws> fresh_draws(const Model& model, const std::string& purpose, int R) {
  return fast_draws(model.learner->seed(), purpose + "/" + model.name + "/" + std::to_string(R));
}

}  // namespace tsd::plastic
