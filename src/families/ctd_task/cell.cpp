#include "families/ctd_task/cell.hpp"

#include <algorithm>

#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::ctd_task {

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

// Parameters of PyTorch's cells, and what follows from them alone; gates: rows of the weights per unit.
class TorchCell : public Cell {
 public:
  TorchCell(const ModelSpec& spec, int gates) : H_(spec.H), gates_(gates) {}

  void bind(const Parameters& parameters) override {
    W_ih_ = parameters["cell.weight_ih"], W_hh_ = parameters["cell.weight_hh"];
    b_ih_ = parameters["cell.bias_ih"], b_hh_ = parameters["cell.bias_hh"];
    // Once per call, so that every step's product reads its right side in order.
    W_hh_t_ = transposed_.matrix(H_, gates_ * H_);
    for (int i = 0; i < gates_ * H_; ++i)
      for (int j = 0; j < H_; ++j) W_hh_t_.row(j)[i] = W_hh_.value.row(i)[j];
  }
  int projection() const override { return gates_ * H_; }
  void project(Matrix x, Matrix projected) const override {
    nn::multiply(x, Form::plain, W_ih_.value, Form::transposed, projected);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    nn::multiply(d_projected, Form::plain, W_ih_.value, Form::plain, dx);
  }
  // d: of the input's and of the state's projection, one for both where they are the same.
  void accumulate(Matrix x, Matrix h, const Matrices&, const Matrices& d) override {
    nn::multiply_add(d.front(), Form::transposed, x, Form::plain, W_ih_.gradient);
    nn::multiply_add(d.back(), Form::transposed, h, Form::plain, W_hh_.gradient);
    add_column_sums(d.front(), b_ih_.gradient, sums_);
    add_column_sums(d.back(), b_hh_.gradient, sums_);
  }

 protected:
  Matrix hidden(Matrix h) {
    const Matrix product = hidden_.matrix(h.rows, gates_ * H_);
    nn::multiply(h, Form::plain, W_hh_t_, Form::plain, product);
    return product;
  }

  int H_, gates_;
  Weight W_ih_, W_hh_, b_ih_, b_hh_;

 private:
  Matrix W_hh_t_;
  Buffer transposed_, hidden_, sums_;
};

// ctd-task.md 3.1
class GruCell final : public TorchCell {
 public:
  explicit GruCell(const ModelSpec& spec) : TorchCell(spec, 3) {}

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
    nn::multiply_add(d[1], Form::plain, W_hh_.value, Form::plain, dh);
  }

 private:
  Matrix bias_;
  Buffer bias_buffer_;
};

// ctd-task.md 3.5
class VanillaCell final : public TorchCell {
 public:
  explicit VanillaCell(const ModelSpec& spec) : TorchCell(spec, 1) {}

  void bind(const Parameters& parameters) override {
    TorchCell::bind(parameters);
    bias_ = bias_buffer_.matrix(1, H_);
    kernels::add(bias_.size(), b_ih_.value.data, b_hh_.value.data, bias_.data);
  }
  std::vector<int> saved() const override { return {}; }
  std::vector<int> gradients() const override { return {H_}; }
  void forward(Matrix projected, Matrix h, const Matrices&, Matrix g) override {
    const Matrix product = hidden(h);
    for (int i = 0; i < h.rows; ++i)
      kernels::tanh_cell_forward(H_, projected.row(i), product.row(i), bias_.data, g.row(i));
  }
  void backward(Matrix, const Matrices&, Matrix g, Matrix dg, const Matrices& d, Matrix dh) override {
    for (int i = 0; i < g.rows; ++i) kernels::tanh_cell_backward(H_, g.row(i), dg.row(i), d[0].row(i));
    nn::multiply(d[0], Form::plain, W_hh_.value, Form::plain, dh);
  }

 private:
  Matrix bias_;
  Buffer bias_buffer_;
};

// ctd-task.md 3.6: g = (1 - gamma) u + gamma tanh(u + v), u = W_rec h, v the projection with its noise. With
// the standard leak (1 - gamma) h takes the place of the first term.
class DriscollCell final : public Cell {
 public:
  explicit DriscollCell(const ModelSpec& spec)
      : H_(spec.H),
        gamma_(static_cast<float>(spec.gamma)),
        keep_(static_cast<float>(1 - spec.gamma)),
        standard_leak_(spec.standard_leak),
        noise_(spec.noise_level) {}

  void bind(const Parameters& parameters) override {
    rec_ = parameters["recW.weight"], inp_ = parameters["inpW.weight"], bias_ = parameters["bias"];
  }
  int projection() const override { return H_; }
  std::vector<int> saved() const override { return {H_}; }
  std::vector<int> gradients() const override { return {H_, H_}; }
  double projection_noise() const override { return noise_; }
  void project(Matrix x, Matrix projected) const override {
    nn::multiply(x, Form::plain, inp_.value, Form::transposed, projected);
  }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    const Matrix u = hidden_.matrix(h.rows, H_);
    nn::multiply(h, Form::plain, rec_.value, Form::transposed, u);
    const Matrix& kept = standard_leak_ ? h : u;
    for (int i = 0; i < h.rows; ++i) {
      float *s = saved[0].row(i), *out = g.row(i);
      const float* leak = kept.row(i);
      kernels::tanh_cell_forward(H_, projected.row(i), u.row(i), bias_.value.data, s);
      for (int k = 0; k < H_; ++k) out[k] = keep_ * leak[k] + gamma_ * s[k];
    }
  }
  void backward(Matrix h, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    for (int i = 0; i < h.rows; ++i) {
      float *dv = d[0].row(i), *du = d[1].row(i), *around = dh.row(i);
      const float* dy = dg.row(i);
      kernels::tanh_cell_backward(H_, saved[0].row(i), dy, dv);
      for (int k = 0; k < H_; ++k) {
        dv[k] *= gamma_;
        du[k] = dv[k] + (standard_leak_ ? 0 : keep_ * dy[k]);
        around[k] = standard_leak_ ? keep_ * dy[k] : 0;
      }
    }
    nn::multiply_add(d[1], Form::plain, rec_.value, Form::plain, dh);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    nn::multiply(d_projected, Form::plain, inp_.value, Form::plain, dx);
  }
  void accumulate(Matrix x, Matrix h, const Matrices&, const Matrices& d) override {
    nn::multiply_add(d[0], Form::transposed, x, Form::plain, inp_.gradient);
    nn::multiply_add(d[1], Form::transposed, h, Form::plain, rec_.gradient);
    add_column_sums(d[0], bias_.gradient, sums_);
  }

 private:
  int H_;
  float gamma_, keep_;
  bool standard_leak_;
  double noise_;
  Weight rec_, inp_, bias_;
  Buffer hidden_, sums_;
};

// ctd-task.md 3.7: g = h + 0.1 f([h, x]). The first layer's weight is [state, input] side by side.
class NodeCell final : public Cell {
 public:
  explicit NodeCell(const ModelSpec& spec)
      : H_(spec.H), I_(spec.I), W_(spec.hidden), layers_(static_cast<std::size_t>(spec.num_layers)) {}

  void bind(const Parameters& parameters) override {
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      const std::string name = "generator.vf_net." + std::to_string(2 * k);
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
    nn::multiply(x, Form::plain, of_input_, Form::transposed, projected);
  }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    nn::multiply(h, Form::plain, of_state_, Form::transposed, saved[0]);
    kernels::add(saved[0].size(), projected.data, saved[0].data);
    for (std::size_t k = 0;; ++k) {
      const Matrix out = k < saved.size() ? saved[k] : g;
      if (k > 0) nn::multiply(saved[k - 1], Form::plain, layers_[k].weight.value, Form::transposed, out);
      add_to_rows(layers_[k].bias.value, out);
      if (k == saved.size()) break;
      kernels::relu(out.size(), out.data);
    }
    for (std::size_t i = 0; i < g.size(); ++i) g.data[i] = h.data[i] + kStep * g.data[i];
  }
  void backward(Matrix, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    for (std::size_t i = 0; i < dg.size(); ++i) d.back().data[i] = kStep * dg.data[i];
    for (std::size_t k = saved.size(); k > 0; --k) {
      nn::multiply(d[k], Form::plain, layers_[k].weight.value, Form::plain, d[k - 1]);
      kernels::relu_backward(d[k - 1].size(), saved[k - 1].data, d[k - 1].data);
    }
    std::copy_n(dg.data, dg.size(), dh.data);
    nn::multiply_add(d[0], Form::plain, of_state_, Form::plain, dh);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    nn::multiply(d_projected, Form::plain, of_input_, Form::plain, dx);
  }
  void accumulate(Matrix x, Matrix h, const Matrices& saved, const Matrices& d) override {
    for (std::size_t k = 0; k < layers_.size(); ++k) {
      add_column_sums(d[k], layers_[k].bias.gradient, sums_);
      if (k > 0)
        nn::multiply_add(d[k], Form::transposed, saved[k - 1], Form::plain, layers_[k].weight.gradient);
    }
    const Matrix state = d_state_.matrix(W_, H_), input = d_input_.matrix(W_, I_);
    nn::multiply(d[0], Form::transposed, h, Form::plain, state);
    nn::multiply(d[0], Form::transposed, x, Form::plain, input);
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
  std::vector<Layer> layers_;
  Matrix of_state_, of_input_;
  Buffer state_buffer_, input_buffer_, d_state_, d_input_, sums_;
};

}  // namespace

std::unique_ptr<Cell> make_cell(const ModelSpec& spec) {
  if (spec.is_gru()) return std::make_unique<GruCell>(spec);
  if (spec.type == ModelType::Vanilla_RNN) return std::make_unique<VanillaCell>(spec);
  if (spec.type == ModelType::DriscollRNN) return std::make_unique<DriscollCell>(spec);
  return std::make_unique<NodeCell>(spec);
}

}  // namespace tsd::ctd_task
