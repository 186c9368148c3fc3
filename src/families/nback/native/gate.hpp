// Task-guided attention: gates g in (0, 1) for every pair of image and task. nback.md 3.4.
//   task_only:  x = ReLU(W_0 task + b_0)
//   dual:       x = ReLU(W_q task + b_q) * ReLU(W_k e + b_k)
//   both:       g = sigmoid(W_2 ReLU(W_1 x + b_1) + b_2 [+ task B, task_only])
// with dropout after each ReLU of the gate network.
// What depends on the task alone is computed once per task, what depends on the image alone once per image.
#pragma once
#include <optional>

#include "families/nback/model/dropout.hpp"
#include "families/nback/native/index.hpp"
#include "families/nback/native/linear.hpp"

namespace tsd::nback {

class GateStage {
 public:
  GateStage(const ModelSpec& spec, const ParameterArrays& parameters);

  // e [U, H] by image -> gates [P, H] by pair. Masks (dropout.hpp, rows = pairs) or none.
  Matrix forward(const BatchIndex& index, Matrix e, const DropoutMasks& masks);
  // d_gates [P, H], overwritten. Adds what passes through dual attention to de [U, H].
  void backward(const BatchIndex& index, Matrix e, Matrix d_gates, const DropoutMasks& masks, Matrix de);

 private:
  void apply_mask(const DropoutMasks& masks, std::size_t which, Matrix x) const;

  bool dual_;
  LinearStage from_task_, hidden_, out_;
  std::optional<LinearStage> from_image_;
  Weight task_bias_;
  const Grouping* gate_row_ = nullptr;  // pairs by row of the gate network; null: one to one
  Matrix task_, image_, x_, y_, gates_;
  Buffer task_buffer_, image_buffer_, task_pairs_, image_pairs_, x_buffer_, y_buffer_, gate_buffer_,
      pair_buffer_;
  Buffer bias_buffer_, sum_buffer_, dy_buffer_, dx_buffer_, dtask_buffer_, dimage_buffer_, product_buffer_,
      de_buffer_;
};

}  // namespace tsd::nback
