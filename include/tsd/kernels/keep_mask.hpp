// Masks of independent random choices as a pure function of key and counter, from the words of Philox4x32-10.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace tsd::kernels {

// Four numbers each of the blocks with counters (first + k, high), k < blocks: `kept`, or with probability
// `drop` 0; out[j * blocks + k] = number j of block k.
void keep_mask(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
               double drop, float kept, float* out);

}  // namespace tsd::kernels
