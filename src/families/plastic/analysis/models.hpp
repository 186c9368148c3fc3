// The parameter sets of a finished run, and fresh sequences to try them on.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "families/plastic/experiment.hpp"

namespace tsd::plastic {

struct Model {
  const Learner* learner = nullptr;
  std::string name;  // in results.h5: R_<R>, or latest
  int R = 0;         // repeat interval that it was trained on last
  bool mastered = false;
  std::span<const float> parameters;

  std::string group() const { return "/runs/" + std::to_string(learner->seed()) + "/" + name; }
};

// Of every run: those of its finished stages in order of R, then the latest.
std::vector<Model> models_of(PlasticExperiment& experiment);

// Those of `record_states.R`; where it is empty the largest mastered of each run, or the latest. MissingInput
// where no model was trained on these intervals.
std::vector<Model> chosen_models(PlasticExperiment& experiment);

// A stream of its own, named by purpose, model and R: apart from that of the training, and the same whatever
// else is drawn.
std::unique_ptr<Draws> fresh_draws(const Model& model, const std::string& purpose, int R);

}  // namespace tsd::plastic
