// Dropout masks of one training step, drawn on the host in one documented order, so that both backends drop
// the same units. Time-major: element [t, b, unit]. Values are 0 or 1/(1 - p).
#pragma once
#include <vector>

#include "families/nback/model/backend.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::nback {

struct DropoutMasks {
  std::vector<std::vector<float>>
      gate;  // [L, B, D] after each ReLU of the gate network: 2 (task_only) or 1 (dual)
  std::vector<std::vector<float>> layers;  // [L, B, H] between recurrent layers: layers - 1
};

// Order of the draws: gate, then layers, each in memory order. Nothing is drawn (and no mask made) where p is
// 0.
DropoutMasks draw_masks(const ModelSpec& spec, int B, int L, Philox& generator);

}  // namespace tsd::nback
