#include "families/microcircuit/angles.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tsd::microcircuit {

namespace {

std::vector<double> slopes(const Circuit& c, const Layout& layout, const State& state, std::size_t l) {
  std::vector<double> d;
  for (const double v : state[state.now(layout).vbas[l]])
    d.push_back(slope(c.phi[l], c.hidden_prediction * v));
  return d;
}

struct Pair {
  std::vector<double> backward, forward;  // BPP_l and WPP_{l+1}^T, [n_l][n_{l+1}]
};

Pair weights(const Layout& layout, const State& state, std::size_t l) {
  const auto B = state[layout.BPP[l]], W = state[layout.WPP[l + 1]];
  const std::size_t rows = layout.BPP[l].rows, columns = layout.BPP[l].columns;
  Pair pair{{B.begin(), B.end()}, std::vector<double>(B.size())};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) pair.forward[i * columns + j] = W[j * rows + i];
  return pair;
}

void scale_rows(std::vector<double>& matrix, const std::vector<double>& d) {
  for (std::size_t e = 0; e < matrix.size(); ++e) matrix[e] *= d[e / (matrix.size() / d.size())];
}

void scale_columns(std::vector<double>& matrix, const std::vector<double>& d) {
  for (std::size_t e = 0; e < matrix.size(); ++e) matrix[e] *= d[e % d.size()];
}

}  // namespace

double angle(std::span<const double> a, std::span<const double> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  const double cosine = ab / std::sqrt(aa) / std::sqrt(bb);
  return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi;
}

double angle_WPPT_BPP(const Circuit&, const Layout& layout, const State& state, int l) {
  const Pair pair = weights(layout, state, static_cast<std::size_t>(l));
  return angle(pair.forward, pair.backward);
}

double angle_jacobians(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  Pair pair = weights(layout, state, l);
  scale_columns(pair.backward, slopes(c, layout, state, l + 1));
  scale_rows(pair.forward, slopes(c, layout, state, l));
  return angle(pair.backward, pair.forward);
}

double angle_BPP_RHS(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  Pair pair = weights(layout, state, l);
  scale_rows(pair.forward, slopes(c, layout, state, l));
  scale_columns(pair.forward, slopes(c, layout, state, l + 1));
  return angle(pair.backward, pair.forward);
}

}  // namespace tsd::microcircuit
