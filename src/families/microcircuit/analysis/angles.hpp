// How well backward weights match forward ones: angles between matrices, in degrees (microcircuit.md 7.1
// to 7.3).
#pragma once
#include <span>

#include "families/microcircuit/model/circuit.hpp"

namespace tsd::microcircuit {

// Of two equally shaped matrices or vectors, by the Frobenius product; NaN where one is 0. The cosine is
// clamped: the original gives NaN for matrices of one element (quirk Q10).
double angle(std::span<const double> a, std::span<const double> b);

// With D_k = diag(phi'_k(cH vbas_k)), cH for the output too, as in the original (quirk Q11), for hidden layer
// l. Where feedback skips layers, WPP^T stands for the product of all transposes on its way, with their D_k
// between in the last two.
double angle_WPPT_BPP(const Circuit& circuit, const Layout& layout, const State& state,
                      int l);  // WPP_{l+1}^T, BPP_l
double angle_jacobians(const Circuit& circuit, const Layout& layout, const State& state,
                       int l);  // BPP D, D WPP^T
double angle_BPP_RHS(const Circuit& circuit, const Layout& layout, const State& state,
                     int l);  // BPP, D WPP^T D

struct AngleFacts {
  const char *name, *meaning;
  double (*of)(const Circuit&, const Layout&, const State&, int l);
};
inline constexpr AngleFacts kAngles[] = {
    {"angle_WPPT_BPP", "between BPP and the transposed forward weights", angle_WPPT_BPP},
    {"angle_jacobians", "between BPP phi' and phi' WPP^T, backward and forward Jacobian", angle_jacobians},
    {"angle_BPP_RHS", "between BPP and phi' WPP^T phi', what PAL converges to", angle_BPP_RHS},
};

}  // namespace tsd::microcircuit
