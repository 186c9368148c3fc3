// What kinds of layers have beside weights and biases: a row of parameters each. Their activity is in plain/cells/.
#include "families/plastic/model/network.hpp"

namespace tsd::plastic {

std::vector<Own> own_parameters(const Layer& l) {
  const std::int64_t n = l.n, m = l.m;
  const Shape inputs = {n, m}, square = {n, n}, one = {};
  const Own alpha = {"alpha", square, 0.1f};  // Miconi et al. start from nearly none
  switch (l.memory) {
    case Memory::decaying:
    case Memory::last_frame:
      if (l.learned_start) return {{"initial_P", inputs, 0}};
      return {};
    case Memory::trace:
      return {alpha, {"trace_rate", one, 0, 0.01f}};
    case Memory::modulated:
      return {alpha, {"modulator", {1, n}}, {"modulator_bias", {1, 1}}};
    case Memory::retroactive:
      return {alpha, {"modulator", {1, n}}, {"modulator_bias", {1, 1}}, {"trace_rate", one, 0, 0.01f}};
    case Memory::fast_weights:  // start: Ba et al.
      return {{"fast_decay", one, 0, 0.95f}, {"fast_rate", one, 0, 0.5f}};
    case Memory::linear_attention:
      return {{"key", inputs}, {"query", inputs}, {"value", inputs}};
    case Memory::delta_rule:
      return {
          {"key", inputs}, {"query", inputs}, {"value", inputs}, {"write", {1, m}}, {"write_bias", {1, 1}}};
    case Memory::attention:
      return {{"key", square},      {"query", square},        {"value", square},
              {"out", square},      {"up", {2 * n, n}},       {"up_bias", {2 * n, 1}, 0},
              {"down", {n, 2 * n}}, {"down_bias", {n, 1}, 0}, {"recency", one, 0, -4}};
    case Memory::none:
    case Memory::activity:
    case Memory::cell:
      return {};
  }
  return {};
}

bool Layer::native() const {
  if (memory > Memory::cell) return false;
  return !plastic() ||
         (change == Change::hebbian && bound == Bound::none && decays == Rates::scalar && !learned_start);
}

std::int64_t Layer::synapses() const {
  if (plastic()) return std::int64_t{n} * m;
  return memory >= Memory::trace && memory <= Memory::delta_rule ? std::int64_t{n} * n : 0;
}

}  // namespace tsd::plastic
