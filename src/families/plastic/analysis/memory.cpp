#include "families/plastic/analysis/memory.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::plastic {

namespace {

std::span<const float> part(std::span<const float> parameters, const Slot& slot) {
  return parameters.subspan(slot.offset, slot.size());
}

}  // namespace

PlasticMatrix::PlasticMatrix(const ModelSpec& network, const Layout& layout,
                             std::span<const float> parameters, std::size_t layer)
    : network_(network),
      index_(layer),
      layer_(network.layers[layer]),
      weight_(part(parameters, layout.weight[layer])),
      eta_(part(parameters, layout.eta[layer])),
      P_(weight_.size()) {
  for (const float l : part(parameters, layout.lambda[layer]))
    decay_.push_back(layer_.memory == Memory::decaying ? static_cast<float>(decay_of(layer_, l)) : 0.0f);
  if (layer_.learned_start) std::ranges::copy(part(parameters, layout.own[layer][0]), P_.begin());
}

float PlasticMatrix::rate(std::size_t i, std::size_t j) const {
  return layer_.rates == Rates::full   ? eta_[i * static_cast<std::size_t>(layer_.m) + j]
         : layer_.rates == Rates::post ? eta_[i]
                                       : rate_of(layer_, eta_[0]);
}

float PlasticMatrix::decay(std::size_t i, std::size_t j) const {
  return layer_.decays == Rates::full   ? decay_[i * static_cast<std::size_t>(layer_.m) + j]
         : layer_.decays == Rates::post ? decay_[i]
                                        : decay_[0];
}

void PlasticMatrix::bound(std::span<float> row) const {
  if (layer_.bound == Bound::none) return;
  double squares = 0;
  for (const float p : row) squares += double{p} * p;
  const auto length = static_cast<float>(std::sqrt(std::max(squares, 1.0)));
  for (float& p : row) p = layer_.bound == Bound::tanh ? std::tanh(p) : p / length;
}

void PlasticMatrix::see(const Sequence& sequence, const Trace& trace, int t) {
  const auto n = static_cast<std::size_t>(layer_.n), m = static_cast<std::size_t>(layer_.m),
             frame = static_cast<std::size_t>(t);
  const bool from_frame = index_ == 0 || network_.stacked;
  const float* u = (from_frame ? sequence.frames : trace.h[index_ - 1]).data() + frame * m;
  const float* h = trace.h[index_].data() + frame * n;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      float& P = P_[i * m + j];
      const float forgotten = layer_.change == Change::oja ? h[i] * h[i] * P : 0.0f;
      const float changed = (layer_.change == Change::presynaptic ? 1.0f : h[i]) * u[j] - forgotten;
      P = decay(i, j) * P + rate(i, j) * changed;
    }
    bound(std::span(P_).subspan(i * m, m));
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
