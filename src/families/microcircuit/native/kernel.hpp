// The Euler step on plain memory: every quantity of a Layout, and every constant, holds `lanes` circuits
// side by side, one per SIMD lane. A circuit's numbers do not depend on its lane, on its neighbours, or on
// the width of the processor's vectors.
#pragma once
#include <cstdint>

#include "families/microcircuit/model/circuit.hpp"
#include "families/microcircuit/model/group.hpp"

namespace tsd::microcircuit {

int kernel_lanes();  // doubles in a vector of this processor

struct Block {
  double* values;                             // [Layout::size][lanes]
  const Constants<const double*>& constants;  // [lanes] each
  const double* input;                        // [n_0][lanes]
  const double* target;                       // [n_N][lanes], or null: none
  const double* gaussians;                    // [noise sample][hidden neuron][lanes] of the steps to come
  bool self_predicting;                 // WIP_l is exactly what impose_sps() makes of WPP_{l+1}, in all lanes
  bool input_held;                      // the input is that of the step before
  double *post, *gate_post, *gate_pre;  // scratch [largest n_l][lanes]: factors of the rules
  std::int64_t steps;                   // the circuits' age
  std::int64_t noise_phase;             // steps since noise began, where it is on
};

// Advances `block` and leaves `gaussians` behind the last sample taken.
void kernel_advance(const ModelSpec& spec, const Layout& layout, Plasticity plastic, std::int64_t steps,
                    Block& block);

}  // namespace tsd::microcircuit
