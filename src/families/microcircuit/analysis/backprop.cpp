#include "families/microcircuit/analysis/backprop.hpp"

namespace tsd::microcircuit {

std::vector<std::vector<double>> backprop_updates(const Circuit& c, const Layout& layout, const State& state,
                                                  std::span<const double> input,
                                                  std::span<const double> target) {
  const auto N = static_cast<std::size_t>(c.N);
  std::vector<std::vector<double>> v(N + 1), x(N + 1), updates(N + 1);
  x[0].assign(input.begin(), input.end());
  for (std::size_t l = 1; l <= N; ++l) {
    const auto W = state[layout.WPP[l]];
    for (std::size_t i = 0; i < layout.WPP[l].rows; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < x[l - 1].size(); ++j) sum += W[i * x[l - 1].size() + j] * x[l - 1][j];
      v[l].push_back(c.prediction(static_cast<int>(l)) * sum);
      x[l].push_back(phi(c.phi[l], v[l].back()));
    }
  }
  std::vector<double> error;
  for (std::size_t k = 0; k < target.size(); ++k) error.push_back(target[k] - v[N][k]);
  for (std::size_t l = N; l >= 1; --l) {
    const auto W = state[layout.WPP[l]];
    std::vector<double> below(x[l - 1].size());
    for (std::size_t i = 0; i < error.size(); ++i)
      for (std::size_t j = 0; j < below.size(); ++j) {
        updates[l].push_back(error[i] * x[l - 1][j]);
        below[j] += W[i * below.size() + j] * error[i];
      }
    if (l > 1)
      for (std::size_t j = 0; j < below.size(); ++j) below[j] *= slope(c.phi[l - 1], v[l - 1][j]);
    error = std::move(below);
  }
  return updates;
}

}  // namespace tsd::microcircuit
