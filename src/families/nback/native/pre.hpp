// The pre-processor: z = ReLU(LayerNorm(W_e ê + W_task task + b)), by pair of image and task. nback.md 3.2.
// Without attention ê is e, so that W_e ê is needed once per image; W_task task + b is a table with a row per
// task.
#pragma once
#include "families/nback/native/index.hpp"
#include "families/nback/native/parameters.hpp"

namespace tsd::nback {

class PreStage {
 public:
  explicit PreStage(const ParameterArrays& parameters);

  // x: e [U, H] by image, or ê [P, H] by pair -> z [P, H]
  Matrix forward(const BatchIndex& index, Matrix x, bool by_pair);
  // dz [P, H] -> gradient of x, in its rows
  Matrix backward(const BatchIndex& index, Matrix dz);

 private:
  Weight from_e_, from_task_, bias_, gamma_, beta_;
  Matrix x_, x_hat_, z_;
  bool by_pair_ = false;
  std::vector<float> reciprocal_std_;
  Buffer product_, table_, x_hat_buffer_, z_buffer_, dx_, by_task_, by_image_, input_gradient_;
};

}  // namespace tsd::nback
