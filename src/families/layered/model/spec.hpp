// Sizes and constants of a layered network, and the numbers that it begins with (layered.md 1 and 4).
#pragma once
#include <cstdint>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/io/array.hpp"

namespace tsd::layered {

enum class Rule { BP, FA, DFA, PAL };
enum class Kind { dense, convolution, pool };
enum class Activation { tanh, logistic, linear, relu, hard_sigmoid };
enum class Loss { rate, mse, softmax };

inline constexpr int kPool = 2;                // side of a pool, and its stride
inline constexpr double kWeightSpread = 0.05;  // standard deviation of every initial number

struct Extent {
  int channels = 1, rows = 1, columns = 1;
  std::int64_t size() const { return std::int64_t{channels} * rows * columns; }
};

struct Layer {
  Kind kind = Kind::dense;
  Activation phi = Activation::linear;
  Extent below, own;
  int kernel = 0;         // side of a convolution's
  double step = 0;        // of weights and biases, in one time step
  double step_back = 0;   // of B (PAL)
  double decay = 0;       // lambda of B (PAL)
  double sigma = 0;       // of the noise (PAL)
  bool flattens = false;  // dense, over a convolution or a pool

  bool pools() const { return kind == Kind::pool; }
  Shape weight_shape() const;    // W, and B of a convolution
  Shape backward_shape() const;  // B
};

struct ModelSpec {
  Rule rule = Rule::PAL;
  Loss loss = Loss::rate;
  bool inject_error = false, noise_in_evaluation = true;
  int batch = 1;
  double beta = 0.1;                     // of the output's error
  double noise_rate = 0, high_pass = 0;  // 1 / tau_xi, 1 / tau_HP, per time step
  double low_pass = 0;                   // 1 / tau_LO; 0: none
  std::vector<Layer> layers;

  bool has_B(std::size_t l) const;  // of layer l, from 0
  bool has_D(std::size_t l) const;
  std::int64_t input_size() const { return layers.front().below.size(); }
  std::int64_t output_size() const { return layers.back().own.size(); }
};

// W_1, b_1, B_2 .., in the original's order of draws and with its rule for each tensor (layered.md 4).
Arrays initial_parameters(const ModelSpec& spec, TorchGenerator& generator);

}  // namespace tsd::layered
