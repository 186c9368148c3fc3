#include "tsd/families/plastic.hpp"

#include "families/plastic/analysis/generalisation.hpp"
#include "families/plastic/analysis/matrices.hpp"
#include "families/plastic/analysis/mechanism/mechanism.hpp"
#include "families/plastic/analysis/states.hpp"
#include "families/plastic/experiment.hpp"
#include "families/plastic/outputs.hpp"

namespace tsd::plastic {

Family family() {
  Family f;
  f.name = "plastic";
  f.command = "train-plastic";
  f.title = "networks with fast Hebbian weights that learn to tell new scenes from familiar ones";
  f.paper =
      "Multiplicative and additive plasticity for continual scene detection, "
      "github.com/LeonLixyz/HybridMemoyPlasticity; "
      "after Tyulmankov, Yang & Abbott 2022, Meta-learning synaptic plasticity and memory addressing for "
      "continual "
      "familiarity detection, Neuron, doi:10.1016/j.neuron.2021.11.009";
  f.tasks = {"continual scene detection"};
  f.analyses = {generalisation(), states(), matrices(), mechanism()};
  f.outputs = outputs();
  f.example = "configs/plastic.yaml";
  f.make = [] { return std::make_unique<PlasticConfiguration>(); };
  return f;
}

}  // namespace tsd::plastic
