// How lateral and backward weights stand to what they should be, set of weights by set (microcircuit.md 7.5).
#pragma once
#include <span>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

// The Moore-Penrose inverse of W [rows, columns] of full rank, [columns, rows]; empty where its rank is less.
std::vector<double> pseudo_inverse(std::span<const double> W, std::size_t rows, std::size_t columns);

Analysis alignment();

}  // namespace tsd::microcircuit
