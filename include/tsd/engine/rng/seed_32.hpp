// A seed for the generators that take 32 bits, as NumPy's legacy one.
#pragma once
#include <cstdint>

#include "tsd/engine/rng/philox.hpp"

namespace tsd {

// The seed itself wherever it fits. A larger one is hashed, not cut: cut, 1 and 2^32 + 1 were the same run.
inline std::uint32_t seed_32(std::uint64_t seed) {
  return seed <= 0xffffffffu ? static_cast<std::uint32_t>(seed) : Philox(seed, "32 bits").next();
}

}  // namespace tsd
