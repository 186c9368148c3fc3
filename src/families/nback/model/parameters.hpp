// The trainable parameters of a model under the names and layouts of its PyTorch original, so that weights
// move both ways: perceptual.reduce.weight [H, F, 1, 1], cognitive.pre.0.weight [H, H + 6],
// cognitive.rnn.weight_ih_l0 [G H, H], attention.gate_network.0.weight [D, 6], classifier.weight [3, H]
// (classifier.<2 i>.weight with classifier layers).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "families/nback/model/backend.hpp"
#include "tsd/io/array.hpp"

namespace tsd::nback {

struct Parameter {
  std::string name;
  Shape shape;
  double bound = 0;  // drawn from U(-bound, bound); 0: constant
  float constant = 0;
};

int gates_of(Cell cell);  // G: 1, 3, 4

// In the order in which the PyTorch modules are made and draw: reduce, cognitive, attention, classifier.
std::vector<Parameter> parameters(const ModelSpec& spec);

// PyTorch's default initialisation (nback.md 3.1, 3.2) from the stream of torch.manual_seed(seed). The
// backbone, which the original makes first from the same stream, draws nothing here.
Arrays initial_weights(const ModelSpec& spec, std::uint64_t seed);

// The arrays of `parameters(spec)` in that order, each called prefix + name. DataError where one is missing
// or of another type or shape.
std::vector<const Array*> matching(const ModelSpec& spec, const Arrays& arrays, std::string_view prefix = "");

// Names of the optimiser's and the generator's arrays in Backend::state().
inline constexpr std::string_view kFirstMoment = "adamw.exp_avg.";      // + parameter name
inline constexpr std::string_view kSecondMoment = "adamw.exp_avg_sq.";  // + parameter name
inline constexpr std::string_view kStep = "adamw.step";
inline constexpr std::string_view kDropout = "dropout";

}  // namespace tsd::nback
