#include "families/microcircuit/analysis/increments.hpp"

#include <algorithm>

namespace tsd::microcircuit {

namespace {

using Values = std::span<const double>;

std::vector<double> outer(double rate, const std::vector<double>& post, Values pre) {
  std::vector<double> product;
  for (const double a : post)
    for (const double b : pre) product.push_back(rate * (a * b));
  return product;
}

// actual(t) - phi(prediction * dendrite(t-1))
std::vector<double> mismatch(Activation f, Values actual, Values dendrite, double prediction) {
  std::vector<double> difference;
  for (std::size_t i = 0; i < actual.size(); ++i)
    difference.push_back(actual[i] - phi(f, prediction * dendrite[i]));
  return difference;
}

// Of the weight from cell j above to cell i: its decay per step is k_ij BPP_ij.
double decay(const Circuit& c, const Layout& layout, const State& state, std::size_t l, std::size_t i,
             std::size_t j) {
  const auto& now = state.now(layout);
  if (c.gate_regularizer)
    return state[c.pyr_hi_pass ? layout.rHI[l + 1] : now.r[l + 1]][j] > 0 ? c.decay[l] : 0;
  if (c.varphi_regularizer)
    return c.original && static_cast<int>(l) + 1 == c.N ? 0
                                                        : c.decay[l] * slope(c.phi[l], state[now.ub[l]][i]) *
                                                              slope(c.phi[l + 1], state[now.ub[l + 1]][j]);
  return c.decay[l];
}

}  // namespace

std::vector<double> dWPP(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  const auto &now = state.now(layout), &before = state.before(layout);
  const Values pre =
      c.dWPP_r_low_pass ? state[layout.rLO[l - 1]] : state[l == 1 ? before.r0 : before.r[l - 1]];
  std::vector<double> post;
  if (c.dWPP_post_low_pass)
    post.assign(state[layout.postLO[l]].begin(), state[layout.postLO[l]].end());
  else if (c.dWPP_use_activation)
    post = mismatch(c.phi[l], state[now.r[l]], state[before.vbas[l]], c.prediction(layer));
  else
    post = mismatch(Activation::linear, state[now.ub[l]], state[before.vbas[l]], c.prediction(layer));
  return outer(c.fw[l], post, pre);
}

std::vector<double> dWIP(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  const auto &now = state.now(layout), &before = state.before(layout);
  const auto post = mismatch(c.phi[l + 1], state[now.rI[l]], state[before.vden[l]], c.inter_prediction);
  return outer(c.ip[l], post, state[before.r[l]]);
}

namespace {

// Kolen-Pollack: the increment of WPP_{l+1}, transposed, less the decay.
std::vector<double> dBPP_by_WPP(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  const auto forward = dWPP(c, layout, state, layer + 1);
  const Values B = state[layout.BPP[l]];
  const std::size_t rows = layout.BPP[l].rows, columns = layout.BPP[l].columns;
  std::vector<double> increment;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      const double learned = forward[j * rows + i], k = c.decay[l];
      increment.push_back(learned - k * ((B[i * columns + j] - learned) / (1 - k)));
    }
  return increment;
}

}  // namespace

std::vector<double> dBPP(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  std::vector<double> increment(layout.BPP[l].size());
  if (!layout.dBPP.empty()) return {state[layout.dBPP[l]].begin(), state[layout.dBPP[l]].end()};
  if (state.steps <= c.settling_steps) return increment;
  if (c.model == Model::KP) return dBPP_by_WPP(c, layout, state, layer);
  if (!c.noisy()) return increment;
  const auto& now = state.now(layout);
  const Values xi = state[now.xi[l]], B = state[layout.BPP[l]],
               h = state[c.pyr_hi_pass ? layout.rHI[l + 1] : now.r[l + 1]];
  if (c.model == Model::WM && std::ranges::all_of(xi, [](double x) { return x == 0; })) return increment;
  for (std::size_t i = 0; i < xi.size(); ++i)
    for (std::size_t j = 0; j < h.size(); ++j) {
      // B = (1 - k) B' + learned, and the increment is B - B', of the weight B' before the step.
      const std::size_t e = i * h.size() + j;
      const double learned = c.bw[l] * (xi[i] * h[j]), k = decay(c, layout, state, l, i, j);
      increment[e] = learned - k * ((B[e] - learned) / (1 - k));
    }
  return increment;
}

std::vector<double> dBPI(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  const auto &now = state.now(layout), &before = state.before(layout);
  const Values vapi = state[(c.facts().apical_delay ? before : now).vapi[l]];
  return outer(-c.pi[l], {vapi.begin(), vapi.end()},
               state[before.rI[static_cast<std::size_t>(c.above(layer)) - 1]]);
}

}  // namespace tsd::microcircuit
