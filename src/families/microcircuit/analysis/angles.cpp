#include "families/microcircuit/analysis/angles.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace tsd::microcircuit {

namespace {

std::vector<double> slopes(const Circuit& c, const Layout& layout, const State& state, std::size_t l) {
  std::vector<double> d;
  for (const double v : state[state.now(layout).vbas[l]])
    d.push_back(slope(c.phi[l], c.hidden_prediction * v));
  return d;
}

void scale_rows(std::vector<double>& matrix, const std::vector<double>& d) {
  for (std::size_t e = 0; e < matrix.size(); ++e) matrix[e] *= d[e / (matrix.size() / d.size())];
}

void scale_columns(std::vector<double>& matrix, const std::vector<double>& d) {
  for (std::size_t e = 0; e < matrix.size(); ++e) matrix[e] *= d[e % d.size()];
}

std::vector<double> transposed(const Slot& shape, std::span<const double> W) {
  std::vector<double> T(W.size());
  for (std::size_t i = 0; i < shape.columns; ++i)
    for (std::size_t j = 0; j < shape.rows; ++j) T[i * shape.rows + j] = W[j * shape.columns + i];
  return T;
}

// F W^T
std::vector<double> times_transposed(const std::vector<double>& F, const Slot& shape,
                                     std::span<const double> W) {
  std::vector<double> product;
  for (std::size_t row = 0; row < F.size(); row += shape.columns)
    for (std::size_t j = 0; j < shape.rows; ++j)
      product.push_back(std::inner_product(F.begin() + static_cast<std::ptrdiff_t>(row),
                                           F.begin() + static_cast<std::ptrdiff_t>(row + shape.columns),
                                           W.begin() + static_cast<std::ptrdiff_t>(j * shape.columns), 0.0));
  return product;
}

struct Pair {
  std::vector<double> backward, forward;
};

// BPP_l, and the transposed forward weights from there to where its feedback comes from: WPP_{l+1}^T, or the
// product WPP_{l+1}^T .. WPP_N^T, with the slopes of the layers between if `bent`.
Pair weights(const Circuit& c, const Layout& layout, const State& state, std::size_t l, bool bent) {
  const auto B = state[layout.BPP[l]];
  Pair pair{{B.begin(), B.end()}, transposed(layout.WPP[l + 1], state[layout.WPP[l + 1]])};
  for (std::size_t k = l + 2; k <= static_cast<std::size_t>(c.above(static_cast<int>(l))); ++k) {
    if (bent) scale_columns(pair.forward, slopes(c, layout, state, k - 1));
    pair.forward = times_transposed(pair.forward, layout.WPP[k], state[layout.WPP[k]]);
  }
  return pair;
}

}  // namespace

double angle(std::span<const double> a, std::span<const double> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  if (aa == 0 || bb == 0) return NAN;
  const double cosine = ab / std::sqrt(aa) / std::sqrt(bb);
  return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi;
}

double angle_WPPT_BPP(const Circuit& c, const Layout& layout, const State& state, int l) {
  const Pair pair = weights(c, layout, state, static_cast<std::size_t>(l), false);
  return angle(pair.forward, pair.backward);
}

double angle_jacobians(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  Pair pair = weights(c, layout, state, l, true);
  scale_columns(pair.backward, slopes(c, layout, state, static_cast<std::size_t>(c.above(layer))));
  scale_rows(pair.forward, slopes(c, layout, state, l));
  return angle(pair.backward, pair.forward);
}

double angle_BPP_RHS(const Circuit& c, const Layout& layout, const State& state, int layer) {
  const auto l = static_cast<std::size_t>(layer);
  Pair pair = weights(c, layout, state, l, true);
  scale_rows(pair.forward, slopes(c, layout, state, l));
  scale_columns(pair.forward, slopes(c, layout, state, static_cast<std::size_t>(c.above(layer))));
  return angle(pair.backward, pair.forward);
}

}  // namespace tsd::microcircuit
