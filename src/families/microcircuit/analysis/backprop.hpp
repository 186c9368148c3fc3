// Backprop in the feed-forward network that a microcircuit's forward weights describe (microcircuit.md 7.4).
#pragma once
#include <span>
#include <vector>

#include "families/microcircuit/model/circuit.hpp"

namespace tsd::microcircuit {

// v_1 = cH WPP_1 r_0, x_l = phi(v_l), v_{l+1} = c WPP_{l+1} x_l with cO at the output; error target - v_N,
// without a slope there. Returns the updates e_l x_{l-1}^T, [l][post][pre]: minus the gradient of |target -
// v_N|^2 / 2 by WPP_l, but for a factor c per layer.
std::vector<std::vector<double>> backprop_updates(const Circuit& circuit, const Layout& layout,
                                                  const State& state, std::span<const double> input,
                                                  std::span<const double> target);

}  // namespace tsd::microcircuit
