// Every random number of a pass as a function of the pass, the trial's place and the step: the same on both
// backends, for any number of threads and any grouping of trials.
#pragma once
#include <array>
#include <cstdint>

namespace tsd::ctd_data {

enum class NoiseKind : std::uint64_t {
  spike_jitter,
  spike_jitter_recon,
  temporal_shift,
  temporal_shift_recon,
  coordinated_dropout,
  pass_mask,
  encoded,  // dropouts, from here
  encoding,
  initial,
  external,
  controller,
  generator,
  ic_sample,  // numbers that samples are made of
  co_sample,
  co_prior_sample,
  kinds
};

struct Noise {
  std::array<std::uint32_t, 2> key{};
  std::uint64_t pass = 0;      // counts the passes of a run
  std::int64_t first_row = 0;  // of the batch, within the pass

  static int blocks(int n) { return (n + 3) / 4; }
  static int padded(int n) { return 4 * blocks(n); }

  // n numbers for one trial and step; `out` has room for padded(n).
  void normal(NoiseKind kind, std::int64_t row, std::int64_t step, int n, float* out) const;
  // `kept`, or with probability `drop` 0.
  void mask(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double drop, float kept,
            float* out) const;
  // Inverted dropout.
  void dropout(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double p, float* out) const {
    mask(kind, row, step, n, p, static_cast<float>(1 / (1 - p)), out);
  }
  // Student's t with df degrees of freedom; room for n.
  void student_t(NoiseKind kind, std::int64_t row, std::int64_t step, int n, double df, float* out) const;
  // Uniform in (0, 1), number i.
  double uniform(NoiseKind kind, std::int64_t row, std::int64_t step, int i) const;

 private:
  std::uint64_t high(NoiseKind kind) const;
  std::uint64_t first(std::int64_t row, std::int64_t step, std::uint64_t blocks) const;
};

Noise noise_of(std::uint64_t seed, std::uint64_t pass, std::int64_t first_row = 0);

}  // namespace tsd::ctd_data
