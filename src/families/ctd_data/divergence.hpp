// How far LFADS's posteriors are from their priors, with gradients (ctd_data.md 3.2).
#pragma once
#include <span>

#include "families/ctd_data/model.hpp"
#include "tsd/nn/cell.hpp"

namespace tsd::ctd_data {

// Priors' parameters, the last two of the inferred inputs alone: log tau and log noise variance, or location
// and log scale.
struct Priors {
  nn::Weight ic_mean, ic_log_variance, co_first, co_second;
};

// All from and to the gradients of rows (mean | log variance); `weight` times the divergence is
// differentiated, where d.data is there.

// Normal posterior with variance exp(log variance) + floor. Sum over rows.
double ic_divergence(const Priors& priors, double floor, nn::Matrix code, double weight, nn::Matrix d);

// log q - log p of the sample mean + std * numbers, steps of R rows each: code and d [T R, 2 m], numbers
// [T R, m]. Sum over rows; Student's t: over steps too, divided by their number.
double co_divergence(const LfadsSpec& spec, const Priors& priors, int R, nn::Matrix code, nn::Matrix numbers,
                     double weight, nn::Matrix d);

}  // namespace tsd::ctd_data
