// How near a model comes to the truth, on validation trials (ctd-data-compare.md 4.4, 7.1).
#pragma once
#include <span>

#include "families/ctd_data/backend.hpp"

namespace tsd::ctd_data {

// NaN where the recording has no truth, or the model no such output.
struct Scores {
  double epoch = 0;
  double rate_r2 = 0, state_r2 = 0, input_r2 = 0;  // state and input: affine maps fitted to the same data
  double bps = 0, hi_bps = 0, ho_bps = 0;          // bits per spike: all neurons, held-in, held-out

  static constexpr std::size_t kNumbers = 7;
};

// Explained variance of y by p, weighted by the variance of columns; [rows, columns] each.
double weighted_r2(std::span<const float> y, std::span<const float> p, int columns);

// Bits per spike of counts y by log-rates, over neurons [first, last) of `columns`, against each neuron's
// mean.
double bits_per_spike(std::span<const float> y, std::span<const float> log_rates, int columns, int first,
                      int last);

Scores scores_of(const ModelSpec& spec, const Recording& recording, const Outputs& outputs);

}  // namespace tsd::ctd_data
