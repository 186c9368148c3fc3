#include "families/plastic/analysis/mechanism/lesion.hpp"

#include <algorithm>
#include <limits>

namespace tsd::plastic {

namespace {

using Parameters = std::vector<float>;

std::span<float> part(Parameters& all, const Slot& slot) {
  return std::span(all).subspan(slot.offset, slot.size());
}

// A rate behind a sign is exp(eta).
float no_learning(const Layer& layer) {
  return layer.sign == Sign::free ? 0.0f : -std::numeric_limits<float>::infinity();
}

// Entries of one neuron of `values`, which are one for all, one per neuron or a row per neuron.
std::span<float> of_neuron(std::span<float> values, const Layer& layer, std::size_t neuron) {
  const auto n = static_cast<std::size_t>(layer.n);
  if (values.size() < n) return {};
  return values.subspan(neuron * (values.size() / n), values.size() / n);
}

}  // namespace

Parameters without_memory(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
                          std::size_t layer) {
  Parameters changed(parameters.begin(), parameters.end());
  const Layer& kind = network.layers[layer];
  std::ranges::fill(part(changed, layout.eta[layer]), no_learning(kind));
  if (kind.learned_start) std::ranges::fill(part(changed, layout.own[layer][0]), 0.0f);
  return changed;
}

bool can_be_silent(const Layer& layer) {
  if (layer.memory != Memory::none && !layer.plastic()) return false;
  return !(layer.plastic() && layer.phi == Phi::tanh && layer.rule == Rule::additive &&
           layer.change == Change::presynaptic && layer.rates == Rates::scalar);
}

Parameters without_neuron(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
                          std::size_t layer, std::size_t neuron) {
  Parameters changed(parameters.begin(), parameters.end());
  const Layer& kind = network.layers[layer];
  std::ranges::fill(of_neuron(part(changed, layout.weight[layer]), kind, neuron), 0.0f);
  // tanh(0) is 0; the sigmoid of -200 is 0 in single precision.
  part(changed, layout.bias[layer])[neuron] = kind.phi == Phi::tanh ? 0.0f : -200.0f;
  if (!kind.plastic()) return changed;
  std::ranges::fill(of_neuron(part(changed, layout.eta[layer]), kind, neuron), no_learning(kind));
  if (kind.learned_start)
    std::ranges::fill(of_neuron(part(changed, layout.own[layer][0]), kind, neuron), 0.0f);
  return changed;
}

}  // namespace tsd::plastic
