// Scores of predicted spike counts.
#pragma once
#include <span>

namespace tsd::math {

// Bits per spike (ctd_data.md 4.4) of rates [rows, neurons], over neurons [first, last), against each
// neuron's mean count; missing counts are left out. NaN without spikes, and where a rate is 0 at one.
double bits_per_spike(std::span<const float> rates, std::span<const float> spikes, int neurons, int first,
                      int last);

}  // namespace tsd::math
