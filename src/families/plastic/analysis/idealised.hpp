// How long a familiarity detector could remember whose neurons are addressed by some inputs and store the
// others (Tyulmankov, Yang & Abbott 2022; plastic.md 12), for scenes of one frame.
#pragma once

namespace tsd::plastic {

struct Idealised {
  double neurons = 0, inputs = 0;                  // N addressed neurons, D plastic inputs of each
  double false_positives = 0, true_positives = 0;  // rates asked for, below 1/2 and above it
};

struct IdealisedRates {
  double tpr = 0, fpr = 0;
};
// At a repeat interval R of at least 1, which need not be whole. The rates asked for hold at the capacity.
IdealisedRates idealised_rates(const Idealised& model, double R);
double idealised_capacity(const Idealised& model);  // scenes

}  // namespace tsd::plastic
