// The native kernel's memory, products and threads.
#pragma once
#include "tsd/math/matrix.hpp"

namespace tsd::nback {
using math::Buffer, math::Form, math::Matrix;
using math::multiply, math::multiply_add, math::parallel, math::use_threads;
}  // namespace tsd::nback
