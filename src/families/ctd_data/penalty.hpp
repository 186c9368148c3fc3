// Terms of LFADS's loss that depend on parameters alone (ctd_data.md 3.2, 4.2).
#pragma once
#include <span>

#include "families/ctd_data/config.hpp"

namespace tsd::ctd_data {

// Squares of recurrent weights and readout, per element of those that count, and the zero-inflated Gamma's
// factors' distance from their prior. Adds `scale` times their gradient, where there is one.
double penalty(const Config& config, const Layout& layout, std::span<const float> parameters, double l2_ramp,
               double scale, float* gradient);

}  // namespace tsd::ctd_data
