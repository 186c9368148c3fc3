#include "tsd/nn/cell.hpp"

#include <algorithm>

#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::nn {

Weight Parameters::operator[](std::string_view name) const {
  const Slot& slot = layout_[name];
  const int rows = slot.shape.size() > 1 ? static_cast<int>(slot.shape[0]) : 1,
            columns = static_cast<int>(slot.shape.back());
  // A Matrix is writable; nothing writes to a value.
  return {{const_cast<float*>(values_) + slot.offset, rows, columns},
          {gradients_ ? gradients_ + slot.offset : nullptr, rows, columns}};
}

void add_column_sums(Matrix x, Matrix to, Buffer& scratch) {
  const Matrix sums = scratch.matrix(1, x.columns);
  kernels::column_sums(static_cast<std::size_t>(x.rows), static_cast<std::size_t>(x.columns), x.data,
                       sums.data);
  kernels::add(sums.size(), sums.data, to.data);
}

void add_to_rows(Matrix row, Matrix x) {
  for (int i = 0; i < x.rows; ++i) kernels::add(static_cast<std::size_t>(x.columns), row.data, x.row(i));
}

namespace {

Matrix transpose(Matrix x, Buffer& buffer) {
  const Matrix y = buffer.matrix(x.columns, x.rows);
  for (int i = 0; i < x.rows; ++i)
    for (int j = 0; j < x.columns; ++j) y.row(j)[i] = x.row(i)[j];
  return y;
}

// What PyTorch's two cells share: parameters, and what follows from them alone; gates: rows of the weights
// per unit.
class TorchCell : public Cell {
 public:
  TorchCell(int H, int gates, const CellNames& names) : H_(H), rows_(gates * H), names_(names) {}

  void bind(const Parameters& parameters) override {
    W_ih_ = parameters[names_.weight_ih], W_hh_ = parameters[names_.weight_hh];
    b_ih_ = parameters[names_.bias_ih], b_hh_ = parameters[names_.bias_hh];
    // Once per call, so that every step's product reads its right side in order.
    W_hh_t_ = transpose(W_hh_.value, transposed_);
  }
  int projection() const override { return rows_; }
  void project(Matrix x, Matrix projected) const override {
    multiply(x, Form::plain, W_ih_.value, Form::transposed, projected);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    multiply(d_projected, Form::plain, W_ih_.value, Form::plain, dx);
  }
  // d: of the input's and of the state's projection, one for both where they are the same.
  void accumulate(Matrix x, Matrix h, const Matrices&, const Matrices& d) override {
    multiply_add(d.front(), Form::transposed, x, Form::plain, W_ih_.gradient);
    multiply_add(d.back(), Form::transposed, h, Form::plain, W_hh_.gradient);
    add_column_sums(d.front(), b_ih_.gradient, sums_);
    add_column_sums(d.back(), b_hh_.gradient, sums_);
  }

 protected:
  Matrix hidden(Matrix h) {
    const Matrix product = hidden_.matrix(h.rows, rows_);
    multiply(h, Form::plain, W_hh_t_, Form::plain, product);
    return product;
  }

  int H_;
  Weight W_ih_, W_hh_, b_ih_, b_hh_;

 private:
  int rows_;
  CellNames names_;
  Matrix W_hh_t_;
  Buffer transposed_, hidden_, sums_;
};

class GruCell final : public TorchCell {
 public:
  GruCell(int H, const CellNames& names) : TorchCell(H, 3, names) {}

  void bind(const Parameters& parameters) override {
    TorchCell::bind(parameters);
    bias_ = bias_buffer_.matrix(1, 4 * H_);
    const auto H = static_cast<std::size_t>(H_);
    kernels::add(2 * H, b_ih_.value.data, b_hh_.value.data, bias_.data);
    std::copy_n(b_ih_.value.data + 2 * H, H, bias_.data + 2 * H);
    std::copy_n(b_hh_.value.data + 2 * H, H, bias_.data + 3 * H);
  }
  std::vector<int> saved() const override { return {4 * H_}; }
  std::vector<int> gradients() const override { return {3 * H_, 3 * H_}; }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    const Matrix product = hidden(h);
    for (int i = 0; i < h.rows; ++i)
      kernels::gru_cell_forward(H_, projected.row(i), product.row(i), bias_.data, h.row(i), saved[0].row(i),
                                g.row(i));
  }
  void backward(Matrix h, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    for (int i = 0; i < h.rows; ++i)
      kernels::gru_cell_backward(H_, saved[0].row(i), h.row(i), dg.row(i), d[0].row(i), d[1].row(i),
                                 dh.row(i));
    multiply_add(d[1], Form::plain, W_hh_.value, Form::plain, dh);
  }

 private:
  Matrix bias_;
  Buffer bias_buffer_;
};

class AffineCell final : public TorchCell {
 public:
  AffineCell(int H, const CellNames& names, bool squashes) : TorchCell(H, 1, names), squashes_(squashes) {}

  void bind(const Parameters& parameters) override {
    TorchCell::bind(parameters);
    bias_ = bias_buffer_.matrix(1, H_);
    kernels::add(bias_.size(), b_ih_.value.data, b_hh_.value.data, bias_.data);
  }
  std::vector<int> saved() const override { return {}; }
  std::vector<int> gradients() const override { return {H_}; }
  void forward(Matrix projected, Matrix h, const Matrices&, Matrix g) override {
    const Matrix product = hidden(h);
    if (squashes_) {
      for (int i = 0; i < h.rows; ++i)
        kernels::tanh_cell_forward(H_, projected.row(i), product.row(i), bias_.data, g.row(i));
      return;
    }
    kernels::add(g.size(), projected.data, product.data, g.data);
    add_to_rows(bias_, g);
  }
  void backward(Matrix, const Matrices&, Matrix g, Matrix dg, const Matrices& d, Matrix dh) override {
    if (squashes_)
      for (int i = 0; i < g.rows; ++i) kernels::tanh_cell_backward(H_, g.row(i), dg.row(i), d[0].row(i));
    else
      std::copy_n(dg.data, dg.size(), d[0].data);
    multiply(d[0], Form::plain, W_hh_.value, Form::plain, dh);
  }

 private:
  bool squashes_;
  Matrix bias_;
  Buffer bias_buffer_;
};

class ClippedGruCell final : public Cell {
 public:
  ClippedGruCell(int H, double clip, const CellNames& names)
      : H_(H), clip_(static_cast<float>(clip)), names_(names) {}

  void bind(const Parameters& parameters) override {
    W_ih_ = parameters[names_.weight_ih], b_ih_ = parameters[names_.bias_ih];
    const Weight W = parameters[names_.weight_hh];
    gates_ = part(W, 0, 2 * H_), candidate_ = part(W, 2 * H_, H_);
    gates_t_ = transpose(gates_.value, gates_buffer_);
    candidate_t_ = transpose(candidate_.value, candidate_buffer_);
    bias_ = bias_buffer_.matrix(1, 3 * H_);
    kernels::add(bias_.size(), b_ih_.value.data, parameters[names_.bias_hh].value.data, bias_.data);
  }
  int projection() const override { return 3 * H_; }
  std::vector<int> saved() const override { return {3 * H_, H_}; }
  std::vector<int> gradients() const override { return {3 * H_, 2 * H_, H_}; }
  void project(Matrix x, Matrix projected) const override {
    multiply(x, Form::plain, W_ih_.value, Form::transposed, projected);
  }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    const Matrix hidden = hidden_.matrix(h.rows, 2 * H_), product = product_.matrix(h.rows, H_);
    multiply(h, Form::plain, gates_t_, Form::plain, hidden);
    for (int i = 0; i < h.rows; ++i)
      kernels::clipped_gru_gates(H_, projected.row(i), hidden.row(i), bias_.data, h.row(i), saved[0].row(i),
                                 saved[1].row(i));
    multiply(saved[1], Form::plain, candidate_t_, Form::plain, product);
    for (int i = 0; i < h.rows; ++i)
      kernels::clipped_gru_state(H_, projected.row(i), product.row(i), bias_.data, h.row(i), clip_,
                                 saved[0].row(i), g.row(i));
  }
  void backward(Matrix h, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    const Matrix d_reset = product_.matrix(h.rows, H_);
    for (int i = 0; i < h.rows; ++i)
      kernels::clipped_gru_state_backward(H_, saved[0].row(i), h.row(i), dg.row(i), clip_, d[0].row(i),
                                          d[1].row(i), d[2].row(i), dh.row(i));
    multiply(d[2], Form::plain, candidate_.value, Form::plain, d_reset);
    for (int i = 0; i < h.rows; ++i)
      kernels::clipped_gru_gates_backward(H_, saved[0].row(i), h.row(i), d_reset.row(i), d[0].row(i),
                                          d[1].row(i), dh.row(i));
    multiply_add(d[1], Form::plain, gates_.value, Form::plain, dh);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    multiply(d_projected, Form::plain, W_ih_.value, Form::plain, dx);
  }
  // The recurrent bias is a constant.
  void accumulate(Matrix x, Matrix h, const Matrices& saved, const Matrices& d) override {
    multiply_add(d[0], Form::transposed, x, Form::plain, W_ih_.gradient);
    multiply_add(d[1], Form::transposed, h, Form::plain, gates_.gradient);
    multiply_add(d[2], Form::transposed, saved[1], Form::plain, candidate_.gradient);
    add_column_sums(d[0], b_ih_.gradient, sums_);
  }

 private:
  static Weight part(const Weight& all, int first, int rows) {
    return {all.value.slice(first, rows), all.gradient.data ? all.gradient.slice(first, rows) : Matrix()};
  }

  int H_;
  float clip_;
  CellNames names_;
  Weight W_ih_, b_ih_, gates_, candidate_;
  Matrix bias_, gates_t_, candidate_t_;
  Buffer bias_buffer_, gates_buffer_, candidate_buffer_, hidden_, product_, sums_;
};

// The first layer's weight is [state, input] side by side.
class NodeCell final : public Cell {
 public:
  NodeCell(int H, int I, int hidden, int layers, std::string prefix)
      : H_(H), I_(I), W_(hidden), prefix_(std::move(prefix)), layers_(static_cast<std::size_t>(layers)) {}

  void bind(const Parameters& parameters) override {
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      const std::string name = prefix_ + std::to_string(2 * k);
      layers_[k] = {parameters[name + ".weight"], parameters[name + ".bias"]};
    }
    of_state_ = state_buffer_.matrix(W_, H_);
    of_input_ = input_buffer_.matrix(W_, I_);
    for (int i = 0; i < W_; ++i) {
      const float* row = layers_[0].weight.value.row(i);
      std::copy_n(row, H_, of_state_.row(i));
      std::copy_n(row + H_, I_, of_input_.row(i));
    }
  }
  int projection() const override { return W_; }
  std::vector<int> saved() const override { return std::vector<int>(layers_.size() - 1, W_); }
  std::vector<int> gradients() const override {
    std::vector<int> widths(layers_.size(), W_);
    widths.back() = H_;
    return widths;
  }
  void project(Matrix x, Matrix projected) const override {
    multiply(x, Form::plain, of_input_, Form::transposed, projected);
  }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    multiply(h, Form::plain, of_state_, Form::transposed, saved[0]);
    kernels::add(saved[0].size(), projected.data, saved[0].data);
    for (std::size_t k = 0;; ++k) {
      const Matrix out = k < saved.size() ? saved[k] : g;
      if (k > 0) multiply(saved[k - 1], Form::plain, layers_[k].weight.value, Form::transposed, out);
      add_to_rows(layers_[k].bias.value, out);
      if (k == saved.size()) break;
      kernels::relu(out.size(), out.data);
    }
    for (std::size_t i = 0; i < g.size(); ++i) g.data[i] = h.data[i] + kStep * g.data[i];
  }
  void backward(Matrix, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    for (std::size_t i = 0; i < dg.size(); ++i) d.back().data[i] = kStep * dg.data[i];
    for (std::size_t k = saved.size(); k > 0; --k) {
      multiply(d[k], Form::plain, layers_[k].weight.value, Form::plain, d[k - 1]);
      kernels::relu_backward(d[k - 1].size(), saved[k - 1].data, d[k - 1].data);
    }
    std::copy_n(dg.data, dg.size(), dh.data);
    multiply_add(d[0], Form::plain, of_state_, Form::plain, dh);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    multiply(d_projected, Form::plain, of_input_, Form::plain, dx);
  }
  void accumulate(Matrix x, Matrix h, const Matrices& saved, const Matrices& d) override {
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      add_column_sums(d[k], layers_[k].bias.gradient, sums_);
      if (k > 0) multiply_add(d[k], Form::transposed, saved[k - 1], Form::plain, layers_[k].weight.gradient);
    }
    const Matrix state = d_state_.matrix(W_, H_), input = d_input_.matrix(W_, I_);
    multiply(d[0], Form::transposed, h, Form::plain, state);
    multiply(d[0], Form::transposed, x, Form::plain, input);
    for (int i = 0; i < W_; ++i) {
      float* row = layers_[0].weight.gradient.row(i);
      kernels::add(static_cast<std::size_t>(H_), state.row(i), row);
      kernels::add(static_cast<std::size_t>(I_), input.row(i), row + H_);
    }
  }

 private:
  static constexpr float kStep = 0.1f;
  struct Layer {
    Weight weight, bias;
  };
  int H_, I_, W_;
  std::string prefix_;
  std::vector<Layer> layers_;
  Matrix of_state_, of_input_;
  Buffer state_buffer_, input_buffer_, d_state_, d_input_, sums_;
};

}  // namespace

CellNames cell_names(const std::string& prefix, const std::string& suffix) {
  return {prefix + "weight_ih" + suffix, prefix + "weight_hh" + suffix, prefix + "bias_ih" + suffix,
          prefix + "bias_hh" + suffix};
}

std::unique_ptr<Cell> gru_cell(int H, const CellNames& names) { return std::make_unique<GruCell>(H, names); }

std::unique_ptr<Cell> vanilla_cell(int H, const CellNames& names) {
  return std::make_unique<AffineCell>(H, names, true);
}

std::unique_ptr<Cell> linear_cell(int H, const CellNames& names) {
  return std::make_unique<AffineCell>(H, names, false);
}

std::unique_ptr<Cell> clipped_gru_cell(int H, double clip, const CellNames& names) {
  return std::make_unique<ClippedGruCell>(H, clip, names);
}

std::unique_ptr<Cell> node_cell(int H, int I, int hidden, int layers, const std::string& prefix) {
  return std::make_unique<NodeCell>(H, I, hidden, layers, prefix);
}

}  // namespace tsd::nn
