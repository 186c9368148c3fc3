// N-back working memory: a frozen image network and a small recurrent one.
// Lei, Ito & Bashivan 2024, NeurIPS, arXiv:2411.02685
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::nback {
Family family();
}
