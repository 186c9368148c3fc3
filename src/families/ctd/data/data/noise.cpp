#include "families/ctd/data/data/noise.hpp"

#include <cmath>
#include <numbers>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/kernels/gaussian.hpp"
#include "tsd/kernels/keep_mask.hpp"

namespace tsd::ctd_data {

namespace {

constexpr std::uint64_t kMostSteps = 1 << 20;

// Sequential use of one key's blocks from a counter on.
class Draws {
 public:
  Draws(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first)
      : philox_(key), high_(high), counter_(first) {}
  double uniform() {  // in (0, 1)
    if (used_ == 4) words_ = philox_.block(counter_++, high_), used_ = 0;
    return (words_[used_++] + 0.5) * 0x1p-32;
  }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  // Marsaglia & Tsang 2000, doi:10.1145/358407.358414; below shape 1 by a power of a uniform number.
  double gamma(double shape) {
    if (shape < 1) return gamma(shape + 1) * std::pow(uniform(), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = normal(), v = std::pow(1 + c * x, 3);
      if (v > 0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

 private:
  Philox philox_;
  std::uint64_t high_, counter_;
  std::array<std::uint32_t, 4> words_{};
  unsigned used_ = 4;
};

constexpr std::uint64_t kMostBlocks = 1 << 10;  // of one number of Student's t

}  // namespace

Noise noise_of(std::uint64_t seed, std::uint64_t pass, std::int64_t first_row) {
  const auto words = Philox(seed, "ctd-data noise").block(0);
  return {{words[0], words[1]}, pass, first_row};
}

std::uint64_t Noise::high(NoiseKind kind) const {
  return pass * static_cast<std::uint64_t>(NoiseKind::kinds) + static_cast<std::uint64_t>(kind);
}

std::uint64_t Noise::first(std::int64_t row, std::int64_t step, std::uint64_t blocks) const {
  const std::uint64_t place =
      static_cast<std::uint64_t>(first_row + row) * kMostSteps + static_cast<std::uint64_t>(step);
  return place * blocks;
}

void Noise::normal(NoiseKind kind, std::int64_t row, std::int64_t step, int n, float* out) const {
  kernels::gaussian(key, high(kind), first(row, step, static_cast<std::uint64_t>(blocks(n))), blocks(n), 1,
                    out);
}

void Noise::mask(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double drop, float kept,
                 float* out) const {
  kernels::keep_mask(key, high(kind), first(row, step, static_cast<std::uint64_t>(blocks(n))), blocks(n),
                     drop, kept, out);
}

void Noise::student_t(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double df,
                      float* out) const {
  for (int i = 0; i < n; ++i) {
    const auto number = static_cast<std::uint64_t>(n) * first(row, step, 1) + static_cast<std::uint64_t>(i);
    Draws draws(key, high(kind), number * kMostBlocks);
    const double z = draws.normal();
    out[i] = static_cast<float>(z / std::sqrt(2 * draws.gamma(df / 2) / df));
  }
}

double Noise::uniform(NoiseKind kind, std::int64_t row, std::int64_t step, int i) const {
  const auto word = static_cast<std::uint64_t>(i);
  const auto block = Philox(key).block(first(row, step, kMostBlocks) + word / 4, high(kind));
  return (block[word % 4] + 0.5) * 0x1p-32;
}

}  // namespace tsd::ctd_data
