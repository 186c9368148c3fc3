#include "tsd/families/layered.hpp"

#include "families/layered/experiment.hpp"
#include "families/layered/outputs.hpp"

namespace tsd::layered {

Family family() {
  Family f;
  f.name = "layered";
  f.command = "train-layered";
  f.title = "layered networks without phases, whose backward weights are copied, fixed or learned from noise";
  f.paper =
      "Max, Kriener, Pineda Garcia, Nowotny, Jaras, Senn & Petrovici 2024, Learning efficient "
      "backprojections across "
      "cortical hierarchies in real time, Nature Machine Intelligence, doi:10.1038/s42256-024-00845-3, "
      "arXiv:2212.10249, Figures 5 and 6";
  f.tasks = {"autoencoder", "classification"};
  f.outputs = outputs();
  f.example = "configs/layered.yaml";
  f.make = [] { return std::make_unique<LayeredConfiguration>(); };
  return f;
}

}  // namespace tsd::layered
