#include "families/plastic/analysis/memory.hpp"

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
  if (layer_.memory == Memory::decaying)
    decay_ = static_cast<float>(decay_of(layer_, parameters[layout.lambda[layer].offset]));
}

void PlasticMatrix::see(const Sequence& sequence, const Trace& trace, int t) {
  const auto n = static_cast<std::size_t>(layer_.n), m = static_cast<std::size_t>(layer_.m),
             frame = static_cast<std::size_t>(t);
  const bool from_frame = index_ == 0 || network_.stacked;
  const float* u = (from_frame ? sequence.frames : trace.h[index_ - 1]).data() + frame * m;
  const float* h = trace.h[index_].data() + frame * n;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) {
      const std::size_t at = i * m + j;
      const float rate = layer_.rates == Rates::full   ? eta_[at]
                         : layer_.rates == Rates::post ? eta_[i]
                                                       : rate_of(layer_, eta_[0]);
      P_[at] = decay_ * P_[at] + rate * h[i] * u[j];
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
