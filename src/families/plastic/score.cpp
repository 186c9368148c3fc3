#include <algorithm>

#include "families/plastic/backend.hpp"

namespace tsd::plastic {

void Score::add(const Sequence& sequence, std::span<const float> y) {
  double sum = loss * scenes;
  for (std::size_t s = 0; s < y.size(); ++s) {
    const bool is_familiar = sequence.labels[s] == 1, says = y[s] >= 0.5f;
    familiar += is_familiar;
    false_positives += says && !is_familiar;
    false_negatives += !says && is_familiar;
    sum -= std::max(std::log(is_familiar ? double{y[s]} : 1 - double{y[s]}), -100.0);
  }
  scenes += static_cast<int>(y.size());
  loss = sum / scenes;
}

// P(t+1) = lambda P(t) + eta o (h u'), from P(0) = 0.
std::vector<float> plastic_matrix(const Network& network, const Layout& layout,
                                  std::span<const float> parameters, std::size_t layer,
                                  const Sequence& sequence, const Trace& trace, int frames) {
  const Layer& l = network.layers[layer];
  const auto n = static_cast<std::size_t>(l.n), m = static_cast<std::size_t>(l.m);
  const bool from_frame = layer == 0 || network.stacked;
  const float* eta = parameters.data() + layout.eta[layer].offset;
  const auto decay = l.memory == Memory::decaying
                         ? static_cast<float>(decay_of(parameters[layout.lambda[layer].offset]))
                         : 0.0f;
  std::vector<float> P(n * m);
  for (std::size_t t = 0; t < static_cast<std::size_t>(frames); ++t) {
    const float* u = from_frame ? &sequence.frames[t * m] : &trace.h[layer - 1][t * m];
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < m; ++j) {
        const float rate = l.rates == Rates::full ? eta[i * m + j] : l.rates == Rates::post ? eta[i] : eta[0];
        P[i * m + j] = decay * P[i * m + j] + rate * trace.h[layer][t * n + i] * u[j];
      }
  }
  return P;
}

}  // namespace tsd::plastic
