// Recurrent layers to compare with (plastic.md 12): a = W u(t) + R h(t-1) + b for each gate.
#include <algorithm>

#include "families/plastic/native/layer.hpp"
#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::plastic {

namespace {

class RecurrentLayer final : public NativeLayer {
 public:
  RecurrentLayer(const ModelSpec& network, const Layout& layout, std::size_t index)
      : NativeLayer(network.layers[index]),
        weight_(layout.weight[index]),
        bias_(layout.bias[index]),
        recurrent_(layout.recurrent[index]),
        recurrent_bias_(layout.recurrent_bias[index]),
        width_(layer_.gates() * stride_) {
    W_.resize(area(rows_, width_));
    R_.resize(area(stride_, width_));
    W_post_.resize(area(width_, rows_));
    R_post_.resize(area(width_, stride_));
    b_.resize(static_cast<std::size_t>(width_));
    hidden_.resize(b_.size());
    none_.resize(static_cast<std::size_t>(stride_));
  }

  void load(std::span<const float> parameters) override {
    pack(parameters, weight_, W_, W_post_, rows_);
    pack(parameters, recurrent_, R_, R_post_, stride_);
    for (int row = 0; row < layer_.gates() * layer_.n; ++row) {
      const auto at = static_cast<std::size_t>(row);
      b_[column(row)] = parameters[bias_.offset + at];
      if (recurrent_bias_.size() > 0) b_[column(row)] += parameters[recurrent_bias_.offset + at];
    }
  }

  void forward(const Inputs& in) override {
    input_.assign(area(in.N, width_), 0);
    add_product({in.N, layer_.m, width_, in.u, in.stride, 1, W_.data(), width_, input_.data(), width_});
    h_.resize(area(in.N, stride_));
    if (is_cell()) c_.resize(h_.size()), saved_.resize(area(in.N, 5 * stride_));
    for (int t = 0; t < in.N; ++t) {
      std::ranges::fill(hidden_, 0.0f);
      if (t > 0)
        add_product({1, layer_.n, width_, row(h_, t - 1), 0, 1, R_.data(), width_, hidden_.data(), width_});
      const float* input = &input_[area(t, width_)];
      if (is_cell())
        kernels::lstm_cell_forward(stride_, input, hidden_.data(), b_.data(), before(c_, t), saved(t),
                                   row(c_, t), row(h_, t));
      else
        kernels::tanh_cell_forward(stride_, input, hidden_.data(), b_.data(), row(h_, t));
    }
  }

  void backward(const Inputs& in, std::span<float> gradient, float* du) override {
    d_gates_.resize(area(in.N, width_));
    Floats dc(static_cast<std::size_t>(stride_));
    for (int t = in.N - 1; t >= 0; --t) {
      float* d = &d_gates_[area(t, width_)];
      if (is_cell())
        kernels::lstm_cell_backward(stride_, saved(t), before(c_, t), row(g_, t), dc.data(), d);
      else
        kernels::tanh_cell_backward(stride_, row(h_, t), row(g_, t), d);
      if (t > 0) add_product({1, width_, stride_, d, 0, 1, R_post_.data(), stride_, row(g_, t - 1), stride_});
    }
    weight_gradient(in.u, in.stride, d_gates_.data(), in.N, weight_, gradient);
    weight_gradient(h_.data(), stride_, d_gates_.data() + width_, in.N - 1, recurrent_, gradient);
    bias_gradient(in.N, gradient);
    if (du != nullptr)
      add_product({in.N, width_, rows_, d_gates_.data(), width_, 1, W_post_.data(), rows_, du, in.stride});
  }

 private:
  bool is_cell() const { return layer_.memory == Memory::cell; }
  float* row(Floats& values, int t) { return &values[area(t, stride_)]; }
  float* saved(int t) { return &saved_[area(t, 5 * stride_)]; }
  const float* before(Floats& values, int t) { return t > 0 ? row(values, t - 1) : none_.data(); }
  // Padded column of a row of the parameters' matrices, which have n rows per gate.
  std::size_t column(int row) const { return area(row / layer_.n, stride_) + std::size_t(row % layer_.n); }

  void pack(std::span<const float> parameters, const Slot& slot, Floats& pre, Floats& post, int inputs) {
    const int columns = static_cast<int>(slot.shape[1]);
    const float* value = &parameters[slot.offset];
    for (int i = 0; i < layer_.gates() * layer_.n; ++i)
      for (int j = 0; j < columns; ++j, ++value) {
        pre[area(j, width_) + column(i)] = *value;
        post[column(i) * static_cast<std::size_t>(inputs) + static_cast<std::size_t>(j)] = *value;
      }
  }

  // Of the matrix in `slot`, between `inputs` [N, stride] and the gates' gradients d [N, width].
  void weight_gradient(const float* inputs, int stride, const float* d, int N, const Slot& slot,
                       std::span<float> gradient) {
    const int columns = static_cast<int>(slot.shape[1]);
    matrix_.assign(area(columns, width_), 0);
    add_product({columns, N, width_, inputs, 1, stride, d, width_, matrix_.data(), width_});
    float* to = &gradient[slot.offset];
    for (int i = 0; i < layer_.gates() * layer_.n; ++i)
      for (int j = 0; j < columns; ++j) *to++ += matrix_[area(j, width_) + column(i)];
  }

  void bias_gradient(int N, std::span<float> gradient) {
    kernels::column_sums(static_cast<std::size_t>(N), hidden_.size(), d_gates_.data(), hidden_.data());
    for (const Slot* slot : {&bias_, &recurrent_bias_})
      for (std::size_t i = 0; i < slot->size(); ++i)
        gradient[slot->offset + i] += hidden_[column(static_cast<int>(i))];
  }

  Slot weight_, bias_, recurrent_, recurrent_bias_;
  int width_;                           // of all gates, padded
  Floats W_, R_, W_post_, R_post_, b_;  // [m, width], [n, width]; [width, m], [width, n]
  Floats input_, hidden_, c_, saved_, d_gates_, matrix_, none_;
};

}  // namespace

std::unique_ptr<NativeLayer> recurrent_layer(const ModelSpec& network, const Layout& layout,
                                             std::size_t index) {
  return std::make_unique<RecurrentLayer>(network, layout, index);
}

}  // namespace tsd::plastic
