// A circuit that is taught, with the run it belongs to.
#pragma once
#include <cstdint>
#include <vector>

#include "families/microcircuit/model/circuit.hpp"
#include "families/microcircuit/recorder.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

struct Student {
  std::int64_t seed;
  NumpyLegacy generator;            // orders and noise
  std::vector<std::int64_t> order;  // of the samples in this epoch
  State initial, state;
  Recorder recorder;
  double error = 0;            // summed over the samples of the epoch: squared, at the end of each sample
  std::int64_t diverged = -1;  // stretch after which its weights were not finite; it is simulated no further

  bool finite() const { return diverged < 0; }
};

}  // namespace tsd::microcircuit
