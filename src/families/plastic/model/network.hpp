// Shapes of the networks (plastic.md 3) and their parameters: one flat array, cut into named matrices.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/nn/layout.hpp"

namespace tsd::plastic {

enum class NetworkType { Memo, Dyn_RO, Nonl_RO, Stack, HebbFF, RNN, LSTM, Static };
enum class Rule { additive, multiplicative };    // a = (W + P) u + b, a = (W o (1 + P)) u + b
enum class Rates { scalar, post, full };         // eta: one, one per postsynaptic neuron, one per synapse
enum class Sign { free, hebbian, antihebbian };  // eta as trained, or exp(eta), or -exp(eta)
enum class Decay { sigmoid, direct };            // of the parameter l, or l itself, held in [0, 1]
// What a layer keeps from frame to frame: nothing; a plastic matrix, decaying or of the last frame only; its
// activity, a = W u + R h(t-1) + b; the cell of an LSTM.
enum class Memory { none, decaying, last_frame, activity, cell };
enum class Phi { tanh, sigmoid };
enum class Start { xavier, gaussian, uniform };  // of initial parameters; the last for LSTM cells

struct Layer {
  int n = 0, m = 0;  // postsynaptic, presynaptic
  Memory memory = Memory::decaying;
  Rule rule = Rule::additive;
  Rates rates = Rates::full;
  Sign sign = Sign::free;
  Decay decay = Decay::sigmoid;
  Phi phi = Phi::tanh;

  bool plastic() const { return memory == Memory::decaying || memory == Memory::last_frame; }
  bool recurrent() const { return memory == Memory::activity || memory == Memory::cell; }
  int gates() const { return memory == Memory::cell ? 4 : 1; }  // blocks of n rows: i, f, g, o of a cell
};

struct ModelSpec {
  int d = 0;             // components of a frame
  bool stacked = false;  // every layer sees the frame, and the readout all layers
  Start start = Start::xavier;
  std::vector<Layer> layers;

  int lambdas() const;            // layers with a plastic matrix come first
  int readout_inputs() const;     // columns of w_final
  std::int64_t synapses() const;  // plastic ones
};

using nn::Slot;

// Where each parameter lies, under the names of the reference's state dict.
class Layout : public nn::Layout {
 public:
  explicit Layout(const ModelSpec& network);

  Slot w_final, b_final;
  std::vector<Slot> lambda, weight, bias, eta;  // lambda holds l, see Decay
  std::vector<Slot> recurrent, recurrent_bias;  // of each layer; empty where it has none
};

struct InitialValues {
  double lambda = 1.0, eta_scalar = -0.5;
};

// Drawn in the reference's order: W, w_final, b, b_final, eta; then recurrent weights and biases.
std::vector<float> initial_parameters(const ModelSpec& network, const Layout& layout,
                                      const InitialValues& values, TorchGenerator& generator);

// As nn::from_arrays(); an array that is no parameter is a DataError too.
std::vector<float> parameters_from(const Layout& layout, const Arrays& arrays, const std::string& source);

// The decay factor behind l, and the learning rate behind eta.
double decay_of(const Layer& layer, float lambda);
float rate_of(const Layer& layer, float eta);
// After a step: decays without a sigmoid go back into [0, 1].
void keep_in_range(const ModelSpec& network, const Layout& layout, std::span<float> parameters);

}  // namespace tsd::plastic
