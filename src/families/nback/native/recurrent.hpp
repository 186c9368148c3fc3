// One recurrent layer over L steps. nback.md 3.2; PyTorch's gate order and both of its biases.
// The input side is one product for all steps; the hidden side goes step by step, each thread with its own
// sequences.
#pragma once
#include <string>

#include "families/nback/native/index.hpp"
#include "families/nback/native/parameters.hpp"

namespace tsd::nback {

class RecurrentStage {
 public:
  RecurrentStage(const ModelSpec& spec, int layer, const ParameterArrays& parameters);

  // x [P, H]; rows: (t, b), time-major, by row of x, which outlives backward() -> h [L B, H]
  Matrix forward(Matrix x, const Grouping& rows, int B);
  // dh [L B, H], overwritten -> dx [P, H]
  Matrix backward(Matrix dh);

 private:
  void combine_biases();
  void forward_row(int row, const float* input, const float* hidden);
  void backward_row(int row, const float* dh, float* dh_previous, float* dc);
  // State before the first step is 0.
  const float* previous(Matrix states, int row) const { return row < B_ ? zero_.data : states.row(row - B_); }

  Cell cell_;
  int H_, G_, B_ = 0;
  Weight W_ih_, W_hh_, b_ih_, b_hh_;  // W_hh transposed: [H, G H]
  const Grouping* rows_ = nullptr;
  Matrix x_, h_, c_, saved_, bias_, zero_, d_input_, d_hidden_;
  Buffer input_, hidden_, h_buffer_, c_buffer_, saved_buffer_, bias_buffer_, zero_buffer_;
  Buffer d_input_buffer_, d_hidden_buffer_, dh_buffer_, dc_buffer_, by_row_of_x_, dx_;
};

}  // namespace tsd::nback
