// Shapes of the networks (plastic.md 3) and their parameters: one flat array, cut into named matrices.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/io/array.hpp"

namespace tsd::plastic {

enum class NetworkType { Memo, Dyn_RO, Nonl_RO, Stack };
enum class Rule { additive, multiplicative };  // a = (W + P) u + b, a = (W o (1 + P)) u + b
enum class Rates { scalar, post, full };       // eta: one, one per postsynaptic neuron, one per synapse
enum class Memory { none, decaying, last_frame };
enum class Phi { tanh, sigmoid };

struct Layer {
  int n = 0, m = 0;  // postsynaptic, presynaptic
  Memory memory = Memory::decaying;
  Rule rule = Rule::additive;
  Rates rates = Rates::full;
  Phi phi = Phi::tanh;
};

struct Network {
  int d = 0;             // components of a frame
  bool stacked = false;  // every layer sees the frame, and the readout all layers
  std::vector<Layer> layers;

  int lambdas() const;            // layers with a plastic matrix come first
  int readout_inputs() const;     // columns of w_final
  std::int64_t synapses() const;  // plastic ones
};

struct Slot {
  std::string name;  // key in the reference's state dict
  std::size_t offset = 0;
  Shape shape;
  std::size_t size() const { return static_cast<std::size_t>(count(shape)); }
};

// Where each parameter lies; in the order of the reference's state dict.
struct Layout {
  explicit Layout(const Network& network);

  Slot w_final, b_final;
  std::vector<Slot> lambda, weight, bias, eta;  // lambda holds l, the decay is sigmoid(l)
  std::size_t size = 0;

  std::vector<const Slot*> all() const;
};

struct InitialValues {
  double lambda = 1.0, eta_scalar = -0.5;
};

// Xavier normal, drawn in the reference's order: W, w_final, b, b_final, eta.
std::vector<float> initial_parameters(const Network& network, const Layout& layout,
                                      const InitialValues& values, TorchGenerator& generator);

// As named arrays, and back; DataError naming `source`, the array, expected and got.
Arrays to_arrays(const Layout& layout, const std::vector<float>& parameters);
std::vector<float> from_arrays(const Layout& layout, const Arrays& arrays, const std::string& source);

double decay_of(float lambda);  // sigmoid

}  // namespace tsd::plastic
