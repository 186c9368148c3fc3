// The network behind its perceptual input (nback.md 3.2, 3.3) in double precision and one step at a time, so
// that a state can be changed between two steps.
#pragma once
#include <cstddef>
#include <vector>

#include "families/nback/model/backend.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::nback {

using Dense = math::DenseD;

class Cognition {
 public:
  // Weights under PyTorch names, as Backend::weights(); read-out of the three responses.
  Cognition(const Arrays& weights, const ModelSpec& spec);

  struct State {
    std::vector<Dense> h, c;  // [N, H] by layer; c with lstm only
  };
  State rest(int N) const;
  // What the first layer is driven with: attended input [N, H], task [N, inputs] -> [N, G H].
  Dense drive(const Dense& attended, const Dense& task) const;
  void step(State& state, const Dense& drive) const;
  int levels() const { return levels_; }  // as in ModelSpec
  // Of top-layer states [N, H] -> [N, 3]
  Dense probabilities(const Dense& h) const;

 private:
  struct Linear {
    Dense weight;
    std::vector<double> bias;
    Dense operator()(const Dense& x) const;
  };
  struct Layer {
    Linear input, hidden;
  };
  void update(const Dense& input, const Dense& hidden, State& state, std::size_t layer) const;

  Cell cell_;
  int H_, levels_;
  Linear pre_;
  std::vector<double> gamma_, beta_;
  std::vector<Layer> layers_;
  std::vector<Linear> classifier_;
};

}  // namespace tsd::nback
