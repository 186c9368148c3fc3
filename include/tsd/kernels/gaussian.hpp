// Standard normal numbers in float32 as a pure function of key and counter: any of them at once, in any
// order. Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), then Box and Muller's transform of
// its words 0, 1 and 2, 3, with 24 bits each.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace tsd::kernels {

// Four numbers each of the blocks with counters (first + k, high), k < blocks:
// out[j * blocks + k] = scale * (number j of block k).
void gaussian(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
              float scale, float* out);

}  // namespace tsd::kernels
