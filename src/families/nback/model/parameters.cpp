#include "families/nback/model/parameters.hpp"

#include <cmath>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

// torch.nn.init.kaiming_uniform_(a = sqrt(5)), in its own order of operations: 1/sqrt(fan_in) but for the
// last bit.
double kaiming_bound(int fan_in) {
  const double slope = std::sqrt(5.0);
  const double gain = std::sqrt(2.0 / (1 + slope * slope));
  return std::sqrt(3.0) * (gain / std::sqrt(static_cast<double>(fan_in)));
}

class List {
 public:
  void linear(const std::string& name, int out, int in, bool as_convolution = false) {
    Shape shape = as_convolution ? Shape{out, in, 1, 1} : Shape{out, in};
    items.push_back({name + ".weight", std::move(shape), kaiming_bound(in)});
    items.push_back({name + ".bias", {out}, 1 / std::sqrt(static_cast<double>(in))});
  }
  void recurrent(const std::string& name, int layers, std::int64_t G, std::int64_t H) {
    const double bound = 1 / std::sqrt(static_cast<double>(H));
    for (int layer = 0; layer < layers; ++layer) {
      const std::string suffix = std::string("_l") + std::to_string(layer);
      items.push_back({name + ".weight_ih" + suffix, {G * H, H}, bound});
      items.push_back({name + ".weight_hh" + suffix, {G * H, H}, bound});
      items.push_back({name + ".bias_ih" + suffix, {G * H}, bound});
      items.push_back({name + ".bias_hh" + suffix, {G * H}, bound});
    }
  }
  void constant(const std::string& name, Shape shape, float value) {
    items.push_back({name, std::move(shape), 0, value});
  }

  std::vector<Parameter> items;
};

}  // namespace

int gates_of(Cell cell) { return cell == Cell::rnn ? 1 : cell == Cell::gru ? 3 : 4; }

std::vector<Parameter> parameters(const ModelSpec& spec) {
  List list;
  list.linear("perceptual.reduce", spec.H, spec.F, true);
  list.linear("cognitive.pre.0", spec.H, spec.H + spec.task_inputs());
  list.constant("cognitive.pre.1.weight", {spec.H}, 1);
  list.constant("cognitive.pre.1.bias", {spec.H}, 0);
  list.recurrent("cognitive.rnn", spec.layers, gates_of(spec.cell), spec.H);
  if (spec.attention == Attention::task_only) {
    list.constant("attention.task_bias", {spec.task_inputs(), spec.H}, 0);
    list.linear("attention.gate_network.0", spec.D, spec.task_inputs());
    list.linear("attention.gate_network.3", spec.D, spec.D);
    list.linear("attention.gate_network.6", spec.H, spec.D);
  } else if (spec.attention == Attention::dual) {
    list.linear("attention.task_proj.0", spec.D, spec.task_inputs());
    list.linear("attention.feature_proj.0", spec.D, spec.H);
    list.linear("attention.gate_network.0", spec.D, spec.D);
    list.linear("attention.gate_network.3", spec.H, spec.D);
  }
  std::vector<int> widths = spec.classifier_layers;
  widths.push_back(spec.outputs());
  int in = spec.H;
  for (std::size_t i = 0; i < widths.size(); ++i) {  // a ReLU has every second number
    list.linear(
        widths.size() == 1 ? std::string("classifier") : std::string("classifier.") + std::to_string(2 * i),
        widths[i], in);
    in = widths[i];
  }
  return std::move(list.items);
}

Arrays initial_weights(const ModelSpec& spec, std::uint64_t seed) {
  TorchGenerator generator(seed);
  Arrays weights;
  for (const Parameter& parameter : parameters(spec)) {
    std::vector<float> values(count(parameter.shape), parameter.constant);
    if (parameter.bound > 0) generator.uniform(std::span<float>(values), -parameter.bound, parameter.bound);
    weights.push_back(make_array<float>(parameter.name, values, parameter.shape));
  }
  return weights;
}

std::vector<const Array*> matching(const ModelSpec& spec, const Arrays& arrays, std::string_view prefix) {
  std::vector<const Array*> found;
  for (const Parameter& parameter : parameters(spec)) {
    const Array& array = find(arrays, std::string(prefix) + parameter.name, "weights");
    if (array.dtype != DType::f32 || array.shape != parameter.shape)
      throw DataError("weights: " + array.name + ": expected f32 " + to_string(parameter.shape) + ", got " +
                      std::string(name_of(array.dtype)) + " " + to_string(array.shape));
    found.push_back(&array);
  }
  return found;
}

}  // namespace tsd::nback
