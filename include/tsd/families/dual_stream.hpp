// Concept learning by a fast stream that recruits units after errors and a slow one that is a multilayer
// network, whose logits are added and share one loss. After github.com/don-tpanic/thinking_fast_and_slow;
// dual_stream.md.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::dual_stream {
Family family();
}
