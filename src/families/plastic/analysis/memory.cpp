#include "families/plastic/analysis/memory.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace tsd::plastic {

namespace {

std::span<const float> part(std::span<const float> parameters, const Slot& slot) {
  return parameters.subspan(slot.offset, slot.size());
}

// [n, m] of one value for all, one per neuron or one per synapse.
std::vector<float> per_synapse(const Layer& layer, std::span<const float> values) {
  const auto n = static_cast<std::size_t>(layer.n), m = static_cast<std::size_t>(layer.m);
  std::vector<float> all(n * m);
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = values[k * values.size() / all.size()];
  return all;
}

void keep_within(Bound bound, std::span<float> row) {
  if (bound == Bound::tanh)
    for (float& p : row) p = std::tanh(p);
  if (bound != Bound::rows) return;
  double squares = 0;
  for (const float p : row) squares += double{p} * p;
  const auto length = static_cast<float>(std::sqrt(std::max(squares, 1.0)));
  for (float& p : row) p /= length;
}

}  // namespace

PlasticMatrix::PlasticMatrix(const ModelSpec& network, const Layout& layout,
                             std::span<const float> parameters, std::size_t layer)
    : network_(network),
      index_(layer),
      layer_(network.layers[layer]),
      weight_(part(parameters, layout.weight[layer])),
      P_(weight_.size()) {
  std::vector<float> rates, decays;
  for (const float eta : part(parameters, layout.eta[layer])) rates.push_back(rate_of(layer_, eta));
  for (const float l : part(parameters, layout.lambda[layer]))
    decays.push_back(layer_.memory == Memory::decaying ? static_cast<float>(decay_of(layer_, l)) : 0.0f);
  rate_ = per_synapse(layer_, std::move(rates)), decay_ = per_synapse(layer_, std::move(decays));
  if (layer_.learned_start) std::ranges::copy(part(parameters, layout.own[layer][0]), P_.begin());
}

void PlasticMatrix::see(const Sequence& sequence, const Trace& trace, int t) {
  const auto n = static_cast<std::size_t>(layer_.n), m = static_cast<std::size_t>(layer_.m),
             frame = static_cast<std::size_t>(t);
  const bool from_frame = index_ == 0 || network_.stacked;
  const float* u = (from_frame ? sequence.frames : trace.h[index_ - 1]).data() + frame * m;
  const float* h = trace.h[index_].data() + frame * n;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const std::size_t at = i * m + j;
      float& P = P_[at];
      const float forgotten = layer_.change == Change::oja ? h[i] * h[i] * P : 0.0f;
      const float changed = (layer_.change == Change::presynaptic ? 1.0f : h[i]) * u[j] - forgotten;
      P = decay_[at] * P + rate_[at] * changed;
    }
    keep_within(layer_.bound, std::span(P_).subspan(i * m, m));
  }
}

std::vector<float> PlasticMatrix::effective() const {
  std::vector<float> all(P_.size());
  for (std::size_t k = 0; k < all.size(); ++k)
    all[k] = layer_.rule == Rule::additive ? weight_[k] + P_[k] : weight_[k] * (1 + P_[k]);
  return all;
}

std::vector<float> PlasticMatrix::product() const {
  std::vector<float> all(P_.size());
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = weight_[k] * P_[k];
  return all;
}

}  // namespace tsd::plastic
