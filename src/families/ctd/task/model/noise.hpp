// Every random number of a roll-out as a function of the pass, the trial and the step: the same on both
// backends, for any number of threads and any grouping of trials.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/kernels/gaussian.hpp"

namespace tsd::ctd_task {

enum class NoiseKind : std::uint64_t { initial, latent, input, action, sensor };

// Of one forward pass over a batch.
struct Noise {
  std::array<std::uint32_t, 2> key{};
  std::uint64_t pass = 0;      // counts the forward passes of a run
  std::int64_t first_row = 0;  // of the batch, within the pass
  bool on = true;

  static int blocks(int n) { return (n + 3) / 4; }
  static int padded(int n) { return 4 * blocks(n); }

  // n numbers of N(0, std) for one trial and step; `out` has room for padded(n).
  void fill(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double std, float* out) const {
    constexpr std::uint64_t kMostSteps = 1 << 20;
    const std::uint64_t place =
        static_cast<std::uint64_t>(first_row + row) * kMostSteps + static_cast<std::uint64_t>(step);
    kernels::gaussian(key, pass * 8 + static_cast<std::uint64_t>(kind),
                      place * static_cast<std::uint64_t>(blocks(n)), blocks(n), static_cast<float>(std), out);
  }
};

inline std::array<std::uint32_t, 2> noise_key(std::uint64_t seed) {
  const auto words = Philox(seed, "ctd-task noise").block(0);
  return {words[0], words[1]};
}

}  // namespace tsd::ctd_task
