#include "families/layered/model/spec.hpp"

#include <string>

namespace tsd::layered {

Shape Layer::weight_shape() const {
  if (kind == Kind::convolution) return {own.channels, below.channels, kernel, kernel};
  return {below.size(), own.size()};
}

Shape Layer::backward_shape() const {
  return kind == Kind::convolution ? weight_shape() : Shape{own.size(), below.size()};
}

bool ModelSpec::has_B(std::size_t l) const {
  return l > 0 && !layers[l].pools() && (rule == Rule::FA || rule == Rule::PAL);
}

bool ModelSpec::has_D(std::size_t l) const {
  return rule == Rule::DFA && l + 1 < layers.size() && !layers[l].pools();
}

namespace {

using Values = std::vector<float>;

Values filled(TorchGenerator& generator, std::int64_t count) {
  Values values(static_cast<std::size_t>(count));
  generator.normal(std::span<float>(values), 0, kWeightSpread);
  return values;
}

// The rule for tensors that are not contiguous: one number after the other, however many.
Values filled_singly(TorchGenerator& generator, std::int64_t count) {
  Values values(static_cast<std::size_t>(count));
  for (float& value : values) generator.normal(std::span<float>(&value, 1), 0, kWeightSpread);
  return values;
}

// Filled through a transposed view: in the order of a matrix [below, own].
Values dense_backward(TorchGenerator& generator, const Layer& layer) {
  const auto below = static_cast<std::size_t>(layer.below.size()),
             own = static_cast<std::size_t>(layer.own.size());
  const Values drawn = filled_singly(generator, layer.below.size() * layer.own.size());
  Values B(drawn.size());
  for (std::size_t i = 0; i < below; ++i)
    for (std::size_t j = 0; j < own; ++j) B[j * below + i] = drawn[i * own + j];
  return B;
}

class Initial {
 public:
  Initial(const ModelSpec& spec, TorchGenerator& generator) : spec_(spec), generator_(generator) {}

  Arrays all() {
    for (std::size_t l = 0; l < spec_.layers.size(); ++l)
      if (!spec_.layers[l].pools()) add_layer(l);
    for (std::size_t l = 0; l < spec_.layers.size(); ++l)
      if (spec_.has_D(l)) add_direct(l);
    return std::move(arrays_);
  }

 private:
  void add(const char* kind, std::size_t l, const Values& values, const Shape& shape) {
    arrays_.push_back(make_array<float>(kind + std::to_string(l + 1), std::span<const float>(values), shape));
  }
  void add_layer(std::size_t l) {
    const Layer& layer = spec_.layers[l];
    add("W_", l, filled(generator_, count(layer.weight_shape())), layer.weight_shape());
    const bool backward_first = spec_.rule == Rule::FA && layer.kind == Kind::dense;
    if (backward_first) add_backward(l);
    add("b_", l, filled(generator_, layer.own.channels), {layer.own.channels});
    if (!backward_first) add_backward(l);
  }
  // The first layer's is drawn too, and never used.
  void add_backward(std::size_t l) {
    if (spec_.rule == Rule::BP || spec_.rule == Rule::DFA) return;
    const Layer& layer = spec_.layers[l];
    const Values B = layer.kind == Kind::convolution ? filled(generator_, count(layer.weight_shape()))
                                                     : dense_backward(generator_, layer);
    if (spec_.has_B(l)) add("B_", l, B, layer.backward_shape());
  }
  // Of a convolution [filter, column, row, output].
  void add_direct(std::size_t l) {
    const Layer& layer = spec_.layers[l];
    const std::int64_t outputs = spec_.output_size();
    const Values D = filled_singly(generator_, layer.own.size() * outputs);
    if (layer.kind == Kind::convolution)
      add("D_", l, D, {layer.own.channels, layer.own.columns, layer.own.rows, outputs});
    else
      add("D_", l, D, {layer.own.size(), outputs});
  }

  const ModelSpec& spec_;
  TorchGenerator& generator_;
  Arrays arrays_;
};

}  // namespace

Arrays initial_parameters(const ModelSpec& spec, TorchGenerator& generator) {
  return Initial(spec, generator).all();
}

}  // namespace tsd::layered
