// How circuits begin: random streams, potentials, weights, the self-predicting state
// (microcircuit.md 3.9, 3.10).
#pragma once
#include <cstdint>
#include <string_view>

#include "families/microcircuit/model/circuit.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

// The stream of a seed for one purpose: "potentials", "weights", "input", "run". By Rng::reference all of
// them start alike, as in the original (quirk Q14); by Rng::fast none does.
NumpyLegacy stream(Rng rng, std::int64_t seed, std::string_view purpose);

std::int64_t teacher_seed(Rng rng, std::int64_t first_seed);

struct WeightRanges {
  Range WPP, WIP, BPP, BPI;
};
WeightRanges student_ranges(const Config& config);
WeightRanges teacher_ranges(const Config& config);

State initial_state(const Circuit& circuit, const Layout& layout, const WeightRanges& ranges, bool in_sps,
                    Rng rng, std::int64_t seed);

// Of a new circuit: lookahead potentials are the somatic ones, and rates what follows from them.
void derive_rates(const Circuit& circuit, const Layout& layout, State& state);

// WPP_{l+1}^T into BPP_l.
void tie(const Circuit& circuit, const Layout& layout, State& state);
// BPI = -BPP, and WIP such that interneurons predict the cells above: without noise and target, apical
// potentials then settle at 0.
void impose_sps(const Circuit& circuit, const Layout& layout, State& state);
// Are the weights onto interneurons exactly those?
bool is_self_predicting(const Circuit& circuit, const Layout& layout, const State& state);

// The same with noise at 0, as where it is not drawn.
State without_noise(const Layout& layout, State state);

// What copy_teacher_weights and copy_teacher_voltages mean: the teacher as it begins.
void copy_weights(const Layout& layout, const State& from, State& to);
void copy_voltages(const Layout& layout, const State& from, State& to);

}  // namespace tsd::microcircuit
