// LibTorch's facts for the engine, which doesn't see LibTorch.
#pragma once
#include "tsd/engine/accelerator.hpp"

namespace tsd::nn {
Accelerator accelerator();
}
