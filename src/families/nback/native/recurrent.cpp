#include "families/nback/native/recurrent.hpp"

#include <algorithm>

#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::nback {

RecurrentStage::RecurrentStage(const ModelSpec& spec, int layer, const ParameterArrays& parameters)
    : cell_(spec.cell), H_(spec.H), G_(gates_of(spec.cell)) {
  const auto weight = [&](const std::string& name) {
    return parameters["cognitive.rnn." + name + "_l" + std::to_string(layer)];
  };
  W_ih_ = weight("weight_ih");
  W_hh_ = weight("weight_hh");
  b_ih_ = weight("bias_ih");
  b_hh_ = weight("bias_hh");
  zero_ = zero_buffer_.zeros(1, G_ * H_);
}

// The two biases add up, but for the GRU's candidate, where that of the hidden side stands under the reset
// gate.
void RecurrentStage::combine_biases() {
  bias_ = bias_buffer_.matrix(1, 4 * H_);
  const int shared = (cell_ == Cell::gru ? 2 : G_) * H_;
  kernels::add(shared, b_ih_.value.data, b_hh_.value.data, bias_.data);
  if (cell_ != Cell::gru) return;
  std::copy_n(b_ih_.value.data + shared, H_, bias_.data + shared);
  std::copy_n(b_hh_.value.data + shared, H_, bias_.data + shared + H_);
}

void RecurrentStage::forward_row(int row, const float* input, const float* hidden) {
  switch (cell_) {
    case Cell::rnn:
      return kernels::tanh_cell_forward(H_, input, hidden, bias_.data, h_.row(row));
    case Cell::gru:
      return kernels::gru_cell_forward(H_, input, hidden, bias_.data, previous(h_, row), saved_.row(row),
                                       h_.row(row));
    case Cell::lstm:
      return kernels::lstm_cell_forward(H_, input, hidden, bias_.data, previous(c_, row), saved_.row(row),
                                        c_.row(row), h_.row(row));
  }
}

Matrix RecurrentStage::forward(Matrix x, const Grouping& rows, int B) {
  const int R = rows.members(), L = R / B;
  x_ = x, rows_ = &rows, B_ = B;
  const Matrix input = input_.matrix(x.rows, G_ * H_), hidden = hidden_.matrix(B, G_ * H_);
  multiply(x, Form::plain, W_ih_.value, Form::transposed, input);
  combine_biases();
  h_ = h_buffer_.matrix(R, H_);
  if (cell_ == Cell::lstm) c_ = c_buffer_.matrix(R, H_);
  if (cell_ != Cell::rnn) saved_ = saved_buffer_.matrix(R, (cell_ == Cell::gru ? 4 : 5) * H_);
  parallel(B, 1, [&](int begin, int end) {
    for (int t = 0; t < L; ++t) {
      if (t > 0)
        multiply(h_.slice((t - 1) * B + begin, end - begin), Form::plain, W_hh_.value, Form::plain,
                 hidden.slice(begin, end - begin));
      for (int b = begin; b < end; ++b)
        forward_row(t * B + b, input.row(rows[t * B + b]), t > 0 ? hidden.row(b) : zero_.data);
    }
  });
  return h_;
}

void RecurrentStage::backward_row(int row, const float* dh, float* dh_previous, float* dc) {
  switch (cell_) {
    case Cell::rnn:
      return kernels::tanh_cell_backward(H_, h_.row(row), dh, d_input_.row(row));
    case Cell::gru:
      return kernels::gru_cell_backward(H_, saved_.row(row), previous(h_, row), dh, d_input_.row(row),
                                        d_hidden_.row(row), dh_previous);
    case Cell::lstm:
      return kernels::lstm_cell_backward(H_, saved_.row(row), previous(c_, row), dh, dc, d_input_.row(row));
  }
}

Matrix RecurrentStage::backward(Matrix dh) {
  const int R = dh.rows, B = B_, L = R / B;
  d_input_ = d_input_buffer_.matrix(R, G_ * H_);
  d_hidden_ = cell_ == Cell::gru ? d_hidden_buffer_.matrix(R, G_ * H_) : d_input_;
  const Matrix around = dh_buffer_.zeros(B, H_);  // what reaches h' without W_hh: the GRU's u
  const Matrix dc = dc_buffer_.zeros(B, H_);
  parallel(B, 1, [&](int begin, int end) {
    for (int t = L - 1; t >= 0; --t) {
      for (int b = begin; b < end; ++b) {
        const int row = t * B + b;
        backward_row(row, dh.row(row), around.row(b), dc.row(b));
        if (t > 0 && cell_ == Cell::gru) kernels::add(H_, around.row(b), dh.row(row - B));
      }
      if (t > 0)
        multiply_add(d_hidden_.slice(t * B + begin, end - begin), Form::plain, W_hh_.value, Form::transposed,
                     dh.slice((t - 1) * B + begin, end - begin));
    }
  });
  kernels::column_sums(R, d_input_.columns, d_input_.data, b_ih_.gradient.data);
  kernels::column_sums(R, d_hidden_.columns, d_hidden_.data, b_hh_.gradient.data);
  multiply(h_.slice(0, R - B), Form::transposed, d_hidden_.slice(B, R - B), Form::plain, W_hh_.gradient);
  const Matrix d_input = rows_->sum(d_input_, by_row_of_x_);
  multiply(d_input, Form::transposed, x_, Form::plain, W_ih_.gradient);
  const Matrix dx = dx_.matrix(x_.rows, H_);
  multiply(d_input, Form::plain, W_ih_.value, Form::plain, dx);
  return dx;
}

}  // namespace tsd::nback
