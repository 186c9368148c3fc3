// A family that lives only in the tests: a line fitted to noisy points by stochastic gradient descent. It
// shows what a family has to bring, drives the engine's tests without LibTorch, and fails on request.
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::toy {

Family family();

}  // namespace tsd::toy
