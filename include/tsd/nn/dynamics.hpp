// The recurrent cells of networks as maps of their state at given inputs, many states (rows) at a time, with
// exact derivatives (ctd_data.md 3.1 and 3.2, compare.md 7.4):
//   gru          PyTorch's GRUCell, blocks r, z, n
//   clipped_gru  LFADS: reset before the recurrent product, blocks z, r, n, state within +- clip
//   vanilla      h' = tanh(W_ih u + b_ih + W_hh h + b_hh)
//   node         h' = h + step f([h; u]), f linear layers with ReLUs between them
//   lds          h' = W_ih u + b_ih + W_hh h + b_hh
#pragma once
#include <memory>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::nn {

using math::Dense, math::DenseD, math::Form;

enum class CellType { gru, clipped_gru, vanilla, node, lds };

struct CellParameters {
  CellType type = CellType::gru;
  DenseD weight_ih, weight_hh;           // PyTorch's layouts; all but node
  std::vector<double> bias_ih, bias_hh;  // likewise
  struct Layer {
    DenseD weight;
    std::vector<double> bias;
  };
  std::vector<Layer> layers;  // node; the first takes [state, input] side by side
  double clip = 5;            // clipped_gru
  double step = 0.1;          // node

  int units() const;   // D
  int inputs() const;  // U
};

// What moves a state on at given inputs, and its slopes.
template <class T>
class StateMap {
 public:
  // What a step leaves for the derivatives at its states.
  using Tape = std::vector<Dense<T>>;

  virtual ~StateMap() = default;
  virtual int units() const = 0;
  // What inputs [B, U] contribute, [B, P]: once where inputs stay.
  virtual Dense<T> project(const Dense<T>& inputs) const = 0;
  // From h [B, D] to next [B, D]; one row of `projected` stands for all.
  virtual void step(const Dense<T>& projected, const Dense<T>& h, Dense<T>& next, Tape& tape) const = 0;
  // dh'/dh [D, D] at row i of that step, a row for each element of h'.
  virtual Dense<T> jacobian(const Dense<T>& h, int i, const Tape& tape) const = 0;
  // dh'/du [D, U] there.
  virtual Dense<T> input_jacobian(const Dense<T>& h, int i, const Tape& tape) const = 0;
};

// Of a cell. Its tape is read from the front, so that more may stand behind.
template <class T>
class Dynamics : public StateMap<T> {
 public:
  using typename StateMap<T>::Tape;
  // gradient = J^T v, row by row, at the states of the last step.
  virtual void pull_back(const Dense<T>& h, const Dense<T>& v, Tape& tape, Dense<T>& gradient) const = 0;
};

template <class T>
std::unique_ptr<Dynamics<T>> make_dynamics(const CellParameters& parameters);

}  // namespace tsd::nn
