#include "families/plastic/model/network.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "tsd/error.hpp"

namespace tsd::plastic {

int ModelSpec::lambdas() const { return static_cast<int>(std::ranges::count_if(layers, &Layer::plastic)); }

int ModelSpec::readout_inputs() const {
  if (!stacked) return layers.back().n;
  int sum = 0;
  for (const Layer& layer : layers) sum += layer.n;
  return sum;
}

std::int64_t ModelSpec::synapses() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) sum += layer.synapses();
  return sum;
}

bool ModelSpec::native() const { return std::ranges::all_of(layers, &Layer::native); }

namespace {

// Of one entry for all, one per neuron, one per synapse.
Shape shape_of(Rates rates, const Layer& l) {
  switch (rates) {
    case Rates::full:
      return {l.n, l.m};
    case Rates::post:
      return {l.n, 1};
    case Rates::scalar:
      return {};
  }
  return {};
}

}  // namespace

Layout::Layout(const ModelSpec& network) {
  const auto numbered = [](const char* list, std::size_t i) { return list + std::to_string(i); };
  w_final = add("w_final", {1, network.readout_inputs()});
  b_final = add("b_final", {1, 1});
  const auto plastic = static_cast<std::size_t>(network.lambdas());
  for (std::size_t i = 0; i < plastic; ++i)
    lambda.push_back(add(numbered("lambda_list.", i), shape_of(network.layers[i].decays, network.layers[i])));
  const auto rows = [&](std::size_t i) { return network.layers[i].gates() * network.layers[i].n; };
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    weight.push_back(add(numbered("weight_matrix_list.", i), {rows(i), network.layers[i].m}));
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    bias.push_back(add(numbered("bias_matrix_list.", i), {rows(i), 1}));
  for (std::size_t i = 0; i < plastic; ++i)
    eta.push_back(add(numbered("eta_matrix_list.", i), shape_of(network.layers[i].rates, network.layers[i])));
  const Slot none{"", 0, {0}};
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& l = network.layers[i];
    recurrent.push_back(l.recurrent() ? add(numbered("recurrent_matrix_list.", i), {rows(i), l.n}) : none);
    recurrent_bias.push_back(l.memory == Memory::cell ? add(numbered("recurrent_bias_list.", i), {rows(i), 1})
                                                      : none);
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    auto& slots = own.emplace_back();
    for (const Own& parameter : own_parameters(network.layers[i]))
      slots.push_back(add(numbered((std::string(parameter.name) + "_list.").c_str(), i), parameter.shape));
  }
}

namespace {

// Of one matrix or bias of a layer with n units.
void draw(Start start, const Slot& slot, int n, std::span<float> values, TorchGenerator& generator) {
  const double rows = static_cast<double>(slot.shape[0]), columns = static_cast<double>(slot.shape[1]);
  switch (start) {
    case Start::xavier:
      return generator.normal(values, 0, std::sqrt(2 / (rows + columns)));
    case Start::gaussian:  // biases have one column
      return generator.normal(values, 0, 1 / std::sqrt(columns));
    case Start::uniform:
      return generator.uniform(values, -1 / std::sqrt(n), 1 / std::sqrt(n));
  }
}

}  // namespace

std::vector<float> initial_parameters(const ModelSpec& network, const Layout& layout,
                                      const InitialValues& values, TorchGenerator& generator) {
  std::vector<float> all(layout.size());
  const Start readout = network.start == Start::uniform ? Start::gaussian : network.start;
  const auto fill = [&](Start start, const Slot& slot, int n) {
    if (slot.size() > 0) draw(start, slot, n, std::span(all).subspan(slot.offset, slot.size()), generator);
  };
  const auto fill_all = [&](const std::vector<Slot>& slots) {
    for (std::size_t i = 0; i < slots.size(); ++i) fill(network.start, slots[i], network.layers[i].n);
  };
  fill_all(layout.weight);
  fill(readout, layout.w_final, 0);
  fill_all(layout.bias);
  fill(readout, layout.b_final, 0);
  for (std::size_t i = 0; i < layout.eta.size(); ++i)
    if (network.layers[i].rates == Rates::scalar)
      all[layout.eta[i].offset] = static_cast<float>(values.eta_scalar);
    else
      fill(network.start, layout.eta[i], network.layers[i].n);
  for (const Slot& slot : layout.lambda)
    std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(slot.offset), slot.size(),
                static_cast<float>(values.lambda));
  fill_all(layout.recurrent);
  fill_all(layout.recurrent_bias);
  for (std::size_t i = 0; i < layout.own.size(); ++i) {
    const auto parameters = own_parameters(network.layers[i]);
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      const Slot& slot = layout.own[i][k];
      const auto part = std::span(all).subspan(slot.offset, slot.size());
      if (parameters[k].scale != 0) fill(network.start, slot, network.layers[i].n);
      for (float& x : part) x = parameters[k].scale * x + parameters[k].value;
    }
  }
  return all;
}

std::vector<float> parameters_from(const Layout& layout, const Arrays& arrays, const std::string& source) {
  for (const Array& array : arrays)
    if (!layout.has(array.name) &&
        !array.name.starts_with("lambda_list."))  // the original has one for each plastic_types, used or not
      throw DataError(source + ": " + array.name + ": no parameter of this network; expected " +
                      std::to_string(layout.slots().size()) + " arrays, got " +
                      std::to_string(arrays.size()));
  return from_arrays(layout, arrays, source);
}

double decay_of(const Layer& layer, float lambda) {
  return layer.decay == Decay::direct ? double{lambda} : 1 / (1 + std::exp(-double{lambda}));
}

float rate_of(const Layer& layer, float eta) {
  if (layer.sign == Sign::free) return eta;
  return layer.sign == Sign::hebbian ? std::exp(eta) : -std::exp(eta);
}

void keep_in_range(const ModelSpec& network, const Layout& layout, std::span<float> parameters) {
  for (std::size_t i = 0; i < layout.lambda.size(); ++i)
    if (network.layers[i].decay == Decay::direct) {
      for (float& l : parameters.subspan(layout.lambda[i].offset, layout.lambda[i].size()))
        l = std::clamp(l, 0.0f, 1.0f);
    }
}

}  // namespace tsd::plastic
