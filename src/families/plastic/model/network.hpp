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

enum class NetworkType {
  Memo,
  Dyn_RO,
  Nonl_RO,
  Stack,
  HebbFF,
  RNN,
  LSTM,
  Static,
  Trace_RNN,
  Modulated_RNN,
  Retroactive_RNN,
  FastWeights,
  LinearAttention,
  DeltaRule,
  Transformer
};
enum class Rule { additive, multiplicative };     // a = (W + P) u + b, a = (W o (1 + P)) u + b
enum class Change { hebbian, oja, presynaptic };  // of P by a frame, before eta: h u', h u' - h^2 o P, 1 u'
enum class Bound { none, tanh, rows };            // P as it is, tanh(P), or each neuron's row at most 1 long
enum class Rates { scalar, post, full };          // eta: one, one per postsynaptic neuron, one per synapse
enum class Sign { free, hebbian, antihebbian };   // eta as trained, or exp(eta), or -exp(eta)
enum class Decay { sigmoid, direct };             // of the parameter l, or l itself, held in [0, 1]
// What a layer keeps from frame to frame: nothing; a plastic matrix, decaying or of the last frame only; its
// activity, a = W u + R h(t-1) + b; the cell of an LSTM; what plain/cells/ has beside them. In this order: Layer
// asks for those up to `cell`, which have a vector kernel, and for `activity` to `fast_weights`, with recurrent weights.
enum class Memory {
  none,
  decaying,
  last_frame,
  activity,
  cell,
  trace,
  modulated,
  retroactive,
  fast_weights,
  linear_attention,
  delta_rule,
  attention
};
enum class Phi { tanh, sigmoid };
enum class Start { xavier, gaussian, uniform };  // of initial parameters; the last for LSTM cells

struct Layer {
  int n = 0, m = 0;  // postsynaptic, presynaptic
  Memory memory = Memory::decaying;
  Rule rule = Rule::additive;
  Change change = Change::hebbian;
  Bound bound = Bound::none;
  Rates rates = Rates::full, decays = Rates::scalar;
  bool learned_start = false;  // P(0) is a parameter, and not 0
  Sign sign = Sign::free;
  Decay decay = Decay::sigmoid;
  Phi phi = Phi::tanh;

  bool plastic() const { return memory == Memory::decaying || memory == Memory::last_frame; }
  bool recurrent() const { return memory >= Memory::activity && memory <= Memory::fast_weights; }
  bool native() const;                                          // does the vector kernel have it?
  std::int64_t synapses() const;                                // plastic ones
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
  bool native() const;            // have all layers a vector kernel?
};

using nn::Slot;

// A parameter of one kind of layer alone, "<name>_list.<layer>" in files: `scale` times what the network's
// start draws, or `value` in all entries.
struct Own {
  const char* name;
  Shape shape;
  float scale = 1, value = 0;
};
std::vector<Own> own_parameters(const Layer& layer);

// Where each parameter lies, under the names of the reference's state dict.
class Layout : public nn::Layout {
 public:
  explicit Layout(const ModelSpec& network);

  Slot w_final, b_final;
  std::vector<Slot> lambda, weight, bias, eta;  // lambda holds l, see Decay
  std::vector<Slot> recurrent, recurrent_bias;  // of each layer; empty where it has none
  std::vector<std::vector<Slot>> own;           // of each layer: its own_parameters()
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
