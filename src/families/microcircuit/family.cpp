#include "families/microcircuit/analysis/alignment.hpp"
#include "families/microcircuit/analysis/updates_bp.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/outputs.hpp"
#include "tsd/families/microcircuit.hpp"

namespace tsd::microcircuit {

Family family() {
  Family f;
  f.name = "microcircuit";
  f.command = "train-microcircuit";
  f.title = "cortical microcircuits of dendritic neurons that learn their backward weights in real time";
  f.paper =
      "Max, Kriener, Pineda Garcia, Nowotny, Jaras, Senn & Petrovici 2024, Learning efficient "
      "backprojections across "
      "cortical hierarchies in real time, Nature Machine Intelligence, doi:10.1038/s42256-024-00845-3, "
      "arXiv:2212.10249";
  f.tasks = {"bw_only", "fw_bw"};
  f.analyses = {updates_bp(), alignment()};
  f.outputs = outputs();
  f.example = "configs/microcircuit.yaml";
  f.make = [] { return std::make_unique<MicrocircuitConfiguration>(); };
  f.recognise = recognise;
  f.step_together = MicrocircuitExperiment::step_together;
  return f;
}

}  // namespace tsd::microcircuit
