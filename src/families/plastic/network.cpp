#include "families/plastic/network.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "tsd/error.hpp"

namespace tsd::plastic {

int Network::lambdas() const {
  return static_cast<int>(
      std::ranges::count_if(layers, [](const Layer& l) { return l.memory != Memory::none; }));
}

int Network::readout_inputs() const {
  if (!stacked) return layers.back().n;
  int sum = 0;
  for (const Layer& layer : layers) sum += layer.n;
  return sum;
}

std::int64_t Network::synapses() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers)
    if (layer.memory != Memory::none) sum += std::int64_t{layer.n} * layer.m;
  return sum;
}

Layout::Layout(const Network& network) {
  const auto add = [&](std::string name, Shape shape) {
    Slot slot{std::move(name), size, std::move(shape)};
    size += slot.size();
    return slot;
  };
  const auto numbered = [](const char* list, std::size_t i) { return list + std::to_string(i); };
  w_final = add("w_final", {1, network.readout_inputs()});
  b_final = add("b_final", {1, 1});
  const auto plastic = static_cast<std::size_t>(network.lambdas());
  for (std::size_t i = 0; i < plastic; ++i) lambda.push_back(add(numbered("lambda_list.", i), {}));
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    weight.push_back(add(numbered("weight_matrix_list.", i), {network.layers[i].n, network.layers[i].m}));
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    bias.push_back(add(numbered("bias_matrix_list.", i), {network.layers[i].n, 1}));
  for (std::size_t i = 0; i < plastic; ++i) {
    const Layer& l = network.layers[i];
    const Shape shape = l.rates == Rates::full   ? Shape{l.n, l.m}
                        : l.rates == Rates::post ? Shape{l.n, 1}
                                                 : Shape{};
    eta.push_back(add(numbered("eta_matrix_list.", i), shape));
  }
}

std::vector<const Slot*> Layout::all() const {
  std::vector<const Slot*> slots = {&w_final, &b_final};
  for (const auto* list : {&lambda, &weight, &bias, &eta})
    for (const Slot& slot : *list) slots.push_back(&slot);
  return slots;
}

std::vector<float> initial_parameters(const Network& network, const Layout& layout,
                                      const InitialValues& values, TorchGenerator& generator) {
  std::vector<float> all(layout.size);
  const auto draw = [&](const Slot& slot) {
    const double std = std::sqrt(2.0 / static_cast<double>(slot.shape[0] + slot.shape[1]));
    generator.normal(std::span(all).subspan(slot.offset, slot.size()), 0, std);
  };
  for (const Slot& slot : layout.weight) draw(slot);
  draw(layout.w_final);
  for (const Slot& slot : layout.bias) draw(slot);
  draw(layout.b_final);
  for (std::size_t i = 0; i < layout.eta.size(); ++i)
    if (network.layers[i].rates == Rates::scalar)
      all[layout.eta[i].offset] = static_cast<float>(values.eta_scalar);
    else
      draw(layout.eta[i]);
  for (const Slot& slot : layout.lambda) all[slot.offset] = static_cast<float>(values.lambda);
  return all;
}

Arrays to_arrays(const Layout& layout, const std::vector<float>& parameters) {
  Arrays arrays;
  for (const Slot* slot : layout.all())
    arrays.push_back(make_array<float>(slot->name, std::span(parameters).subspan(slot->offset, slot->size()),
                                       slot->shape));
  return arrays;
}

std::vector<float> from_arrays(const Layout& layout, const Arrays& arrays, const std::string& source) {
  std::vector<float> parameters(layout.size);
  const auto slots = layout.all();
  for (const Array& array : arrays)
    if (std::ranges::find(slots, array.name, &Slot::name) == slots.end() &&
        !array.name.starts_with("lambda_list."))  // the original has one for each plastic_types, used or not
      throw DataError(source + ": " + array.name + ": no parameter of this network; expected " +
                      std::to_string(slots.size()) + " arrays, got " + std::to_string(arrays.size()));
  for (const Slot* slot : slots) {
    const Array& array = find(arrays, slot->name, source);
    if (array.shape != slot->shape || array.dtype != DType::f32)
      throw DataError(source + ": " + slot->name + ": expected f32 " + to_string(slot->shape) + ", got " +
                      std::string(name_of(array.dtype)) + " " + to_string(array.shape));
    const auto values = array.as<float>();
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
      throw DataError(source + ": " + slot->name + ": expected finite numbers, got others");
    std::ranges::copy(values, parameters.begin() + static_cast<std::ptrdiff_t>(slot->offset));
  }
  return parameters;
}

double decay_of(float lambda) { return 1 / (1 + std::exp(-static_cast<double>(lambda))); }

}  // namespace tsd::plastic
