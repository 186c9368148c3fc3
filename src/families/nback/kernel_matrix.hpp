// The native kernel's memory, products and threads.
#pragma once
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {
using nn::Buffer, nn::Form, nn::Matrix;
using nn::multiply, nn::multiply_add, nn::parallel, nn::use_threads;
}  // namespace tsd::nback
