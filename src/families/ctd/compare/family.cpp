#include "tsd/families/compare.hpp"

#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"

namespace tsd::compare {

Family family() {
  Family f;
  f.name = "compare";
  f.command = "compare";
  f.title = "comparison of fitted models with the network behind their recording";
  f.paper =
      "Versteeg et al. 2025, Computation-through-Dynamics Benchmark: simulated datasets and quality metrics "
      "for dynamical models of neural activity, github.com/snel-repo/ComputationThruDynamicsBenchmark; "
      "Ostrow et al. 2023, Beyond geometry: comparing the temporal structure of computation in neural "
      "circuits with dynamical similarity analysis, arXiv:2306.10168";
  f.tasks = {"scores", "fixed points", "dynamical similarity"};
  f.outputs = outputs();
  f.example = "configs/compare.yaml";
  f.make = [] { return std::make_unique<CompareConfiguration>(); };
  return f;
}

}  // namespace tsd::compare
