#include "tsd/families/ctd_data.hpp"

#include "families/ctd/data/analysis/nlb.hpp"
#include "families/ctd/data/experiment.hpp"
#include "families/ctd/data/outputs.hpp"

namespace tsd::ctd_data {

Family family() {
  Family f;
  f.name = "ctd_data";
  f.command = "ctd-data";
  f.title = "sequential auto-encoders and LFADS trained on the spikes of recorded or simulated neurons";
  f.paper =
      "Versteeg et al. 2025, Computation-through-Dynamics Benchmark: simulated datasets and quality metrics "
      "for dynamical models of neural activity, github.com/snel-repo/ComputationThruDynamicsBenchmark; "
      "LFADS: "
      "Pandarinath et al. 2018, doi:10.1038/s41592-018-0109-9";
  f.tasks = {"sae", "lfads"};
  f.analyses = {nlb()};
  f.outputs = outputs();
  f.example = "configs/ctd_data.yaml";
  f.make = [] { return std::make_unique<CtdDataConfiguration>(); };
  return f;
}

}  // namespace tsd::ctd_data
