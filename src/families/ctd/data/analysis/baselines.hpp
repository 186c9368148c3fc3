// What is scored beside a model, so that every score has a floor (ctd_data.md 6.4).
#pragma once
#include <string>

#include "families/ctd/data/analysis/nlb_scores.hpp"
#include "families/ctd/data/config.hpp"

namespace tsd::ctd_data {

// Counts of training trials, held-in neurons first and predicted steps last, and the held-in ones of others.
struct Counts {
  Grid train;  // [trial, T, N]
  Grid eval;   // [trial, encoded steps, N_in]
};

// Rates of both kinds of trials, [trial, T, N] each.
struct Rates {
  Grid train, eval;
};

// name: smoothing, factor_analysis or gpfa.
Rates baseline(const std::string& name, const NlbSettings& settings, const Counts& counts);

// Each column's course through a Gaussian of this deviation, cut at four of them, whose weights add up to 1
// within the trial; `own`: with the step itself.
Grid smoothed(const Grid& counts, double deviation, bool own = true);

// Of the deviations the one by which the other steps of a neuron's trial predict its counts best, as Poisson's.
double best_deviation(const Grid& counts, const std::vector<double>& deviations);

}  // namespace tsd::ctd_data
