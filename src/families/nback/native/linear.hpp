// y = x W^T + b, forward and backward.
#pragma once
#include <string>

#include "families/nback/native/parameters.hpp"

namespace tsd::nback {

class LinearStage {
 public:
  LinearStage(const ParameterArrays& parameters, const std::string& name)
      : weight_(parameters[name + ".weight"]), bias_(parameters[name + ".bias"]) {}

  int outputs() const { return bias_.value.columns; }
  Matrix forward(Matrix x, Buffer& buffer) const;
  Matrix forward_relu(Matrix x, Buffer& buffer) const;  // ReLU(y)
  // Gradients of W and b from dy and x.
  void backward(Matrix x, Matrix dy) const;
  // dx = dy W.
  Matrix input_gradient(Matrix dy, Buffer& buffer) const;

 private:
  Weight weight_, bias_;
};

// dy = 0 where y = ReLU(.) is 0.
void relu_backward(Matrix y, Matrix dy);

}  // namespace tsd::nback
