// What the plasticity rules asked for in the last step of a state, whether or not the weights followed
// (microcircuit.md 4.2, 4.3): what rec_dWPP and its like record, and what is compared with backprop.
#pragma once
#include "families/microcircuit/model/circuit.hpp"

namespace tsd::microcircuit {

// Row by row, [post][pre]; dWPP before its low-pass.
std::vector<double> dWPP(const Circuit& circuit, const Layout& layout, const State& state, int l);
std::vector<double> dWIP(const Circuit& circuit, const Layout& layout, const State& state, int l);
std::vector<double> dBPP(const Circuit& circuit, const Layout& layout, const State& state, int l);
std::vector<double> dBPI(const Circuit& circuit, const Layout& layout, const State& state, int l);

}  // namespace tsd::microcircuit
