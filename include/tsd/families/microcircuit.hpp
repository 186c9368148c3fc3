// Dendritic cortical microcircuits that learn their backward weights from noise: phaseless alignment
// learning. Max, Kriener, Pineda Garcia, Nowotny, Jaras, Senn & Petrovici 2024, Nature Machine Intelligence,
// doi:10.1038/s42256-024-00845-3, arXiv:2212.10249
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {
Family family();
}
