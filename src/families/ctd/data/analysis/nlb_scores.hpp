// The scores of the Neural Latents Benchmark (ctd_data.md 6.4): formulas of nlb_tools, in double precision.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace tsd::ctd_data {

// [trial, step, column]: rates, counts, behaviour.
struct Grid {
  std::int64_t trials = 0, steps = 0, columns = 0;
  std::vector<float> values;

  bool there() const { return !values.empty(); }
  const float* at(std::int64_t trial, std::int64_t step) const {
    return values.data() + (trial * steps + step) * columns;
  }
  // The part of steps and columns [first, last).
  Grid part(std::int64_t first_step, std::int64_t last_step, std::int64_t first, std::int64_t last) const;
};

// Of spikes by rates against each neuron's mean count, which these spikes have. Missing counts (NaN) are left
// out, rates of 0 are 1e-9. NaN without spikes.
double nlb_bits_per_spike(const Grid& rates, const Grid& spikes);

// Groups of trials with a decoder of their own; empty: all in one. [group][trial], 0 or 1.
using TrialGroups = std::vector<std::vector<std::uint8_t>>;

struct Decoded {
  const Grid& rates;
  const Grid& behavior;  // steps whose first column is missing don't count
  const TrialGroups& groups;
};
// Explained variance of behaviour by ridge regression on rates of the same step, fitted to training trials;
// mean over columns and groups.
double decoding_r2(const Decoded& train, const Decoded& eval);

// Explained variance of true averages [condition, step, neuron] by those of rates over each condition's
// trials; mean over neurons. jitter: steps by which a trial's rates come late; empty: none.
double psth_r2(const Grid& psth, const Grid& rates, const std::vector<std::vector<std::int64_t>>& trials,
               std::span<const std::int64_t> jitter);

// Correlation of the speed of rates, where spikes are scored, with the last column of behaviour [trial, 1,
// column], mean over groups of trials with equal first three columns.
double speed_correlation(const Grid& rates, const Grid& spikes, const Grid& behavior);

}  // namespace tsd::ctd_data
