// A device of its own for LibTorch, "walled", of two cards: what a GPU is to a program, without one. Its memory is out
// of reach of the host (memory.hpp), an operation refuses tensors that lie elsewhere, and its generators start
// anywhere. Its kernels are the CPU's, on the same sizes and strides: the bits are the CPU's. Linked in, it is there.
#pragma once
#include <ATen/core/Generator.h>

namespace tsd::walled {

inline constexpr const char* kName = "walled";
inline constexpr int kCards = 2;

// The CPU's generator that a kernel draws from where it is asked to draw from the device's.
at::Generator host_generator(const at::Generator& of_device);
const at::Generator& default_generator(int card);

}  // namespace tsd::walled
