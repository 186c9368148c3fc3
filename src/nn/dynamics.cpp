#include "tsd/nn/dynamics.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::nn {

int CellParameters::units() const {
  return type == CellType::node ? layers.back().weight.rows : weight_hh.columns;
}

int CellParameters::inputs() const {
  return type == CellType::node ? layers.front().weight.columns - units() : weight_ih.columns;
}

namespace {

template <class T>
constexpr bool is_single = std::is_same_v<T, float>;

template <class T>
std::vector<T> as(const std::vector<double>& from) {
  return {from.begin(), from.end()};
}

// Columns [first, first + count) of rows [top, top + height).
template <class T>
Dense<T> part(const DenseD& from, int top, int height, int first, int count) {
  Dense<T> to(height, count);
  for (int i = 0; i < height; ++i)
    std::transform(from.row(top + i) + first, from.row(top + i) + first + count, to.row(i),
                   [](double x) { return static_cast<T>(x); });
  return to;
}

template <class T>
Dense<T> as(const DenseD& from) {
  return part<T>(from, 0, from.rows, 0, from.columns);
}

template <class T>
const T* row_of(const Dense<T>& projected, int i) {
  return projected.row(projected.rows == 1 ? 0 : i);
}

template <class T>
void sigmoid(std::size_t n, T* x) {
  if constexpr (is_single<T>)
    kernels::sigmoid(n, x);
  else
    for (std::size_t i = 0; i < n; ++i) x[i] = 1 / (1 + std::exp(-x[i]));
}

template <class T>
void tanh(std::size_t n, T* x) {
  if constexpr (is_single<T>)
    kernels::tanh(n, x);
  else
    for (std::size_t i = 0; i < n; ++i) x[i] = std::tanh(x[i]);
}

// What a GRU's step keeps of a row: r, z, n, and W_hn h + b_hn [4 D].
void gru_forward(std::ptrdiff_t D, const float* input, const float* hidden, const float* bias, const float* h,
                 float* saved, float* next) {
  kernels::gru_cell_forward(D, input, hidden, bias, h, saved, next);
}

void gru_forward(std::ptrdiff_t D, const double* input, const double* hidden, const double* bias,
                 const double* h, double* saved, double* next) {
  double *r = saved, *z = saved + D, *n = saved + 2 * D, *c = saved + 3 * D;
  for (int i = 0; i < 2 * D; ++i) saved[i] = input[i] + hidden[i] + bias[i];
  sigmoid(static_cast<std::size_t>(2 * D), saved);
  for (int i = 0; i < D; ++i) {
    c[i] = hidden[2 * D + i] + bias[3 * D + i];
    n[i] = std::tanh(input[2 * D + i] + bias[2 * D + i] + r[i] * c[i]);
    next[i] = n[i] + z[i] * (h[i] - n[i]);
  }
}

void gru_backward(std::ptrdiff_t D, const float* saved, const float* h, const float* v, float* d_input,
                  float* d_hidden, float* around) {
  kernels::gru_cell_backward(D, saved, h, v, d_input, d_hidden, around);
}

void gru_backward(std::ptrdiff_t D, const double* saved, const double* h, const double* v, double*,
                  double* d_hidden, double* around) {
  const double *r = saved, *z = saved + D, *n = saved + 2 * D, *c = saved + 3 * D;
  for (int i = 0; i < D; ++i) {
    const double d_n = v[i] * (1 - z[i]) * (1 - n[i] * n[i]);
    d_hidden[i] = d_n * c[i] * r[i] * (1 - r[i]);
    d_hidden[D + i] = v[i] * (h[i] - n[i]) * z[i] * (1 - z[i]);
    d_hidden[2 * D + i] = d_n * r[i];
    around[i] = v[i] * z[i];
  }
}

template <class T>
class Gru final : public Dynamics<T> {
 public:
  using typename Dynamics<T>::Tape;
  explicit Gru(const CellParameters& p)
      : D_(p.units()), W_ih_(as<T>(p.weight_ih)), W_hh_(as<T>(p.weight_hh)), bias_(as<T>(p.bias_ih)) {
    for (int i = 0; i < 2 * D_; ++i)
      bias_[static_cast<std::size_t>(i)] += static_cast<T>(p.bias_hh[static_cast<std::size_t>(i)]);
    for (int i = 2 * D_; i < 3 * D_; ++i)
      bias_.push_back(static_cast<T>(p.bias_hh[static_cast<std::size_t>(i)]));
  }

  int units() const override { return D_; }
  Dense<T> project(const Dense<T>& inputs) const override {
    return product(inputs, Form::plain, W_ih_, Form::transposed);
  }
  void step(const Dense<T>& projected, const Dense<T>& h, Dense<T>& next, Tape& tape) const override {
    tape.resize(4);
    Dense<T>&saved = tape[0], &hidden = tape[1];
    saved.resize(h.rows, 4 * D_);
    next.resize(h.rows, D_);
    multiply(h, Form::plain, W_hh_, Form::transposed, hidden);
    for (int i = 0; i < h.rows; ++i)
      gru_forward(D_, row_of(projected, i), hidden.row(i), bias_.data(), h.row(i), saved.row(i), next.row(i));
  }
  void pull_back(const Dense<T>& h, const Dense<T>& v, Tape& tape, Dense<T>& gradient) const override {
    Dense<T>&d_input = tape[2], &d_hidden = tape[3];
    d_input.resize(1, 3 * D_);
    d_hidden.resize(h.rows, 3 * D_);
    gradient.resize(h.rows, D_);
    for (int i = 0; i < h.rows; ++i)
      gru_backward(D_, tape[0].row(i), h.row(i), v.row(i), d_input.data(), d_hidden.row(i), gradient.row(i));
    multiply_add(d_hidden, Form::plain, W_hh_, Form::plain, gradient);
  }
  Dense<T> jacobian(const Dense<T>& h, int k, const Tape& tape) const override {
    Dense<T> J = through(h, k, tape, W_hh_, true);
    for (int i = 0; i < D_; ++i) J(i, i) += tape[0](k, D_ + i);
    return J;
  }
  Dense<T> input_jacobian(const Dense<T>& h, int k, const Tape& tape) const override {
    return through(h, k, tape, W_ih_, false);
  }

 private:
  // Of what comes through the gates by the weights of state or input; the reset gate is before the former alone.
  Dense<T> through(const Dense<T>& h, int k, const Tape& tape, const Dense<T>& W, bool is_reset) const {
    const T *r = tape[0].row(k), *z = r + D_, *n = z + D_, *c = n + D_;
    Dense<T> J(D_, W.columns);
    for (int i = 0; i < D_; ++i) {
      const T of_n = (1 - z[i]) * (1 - n[i] * n[i]), of_r = of_n * c[i] * r[i] * (1 - r[i]),
              of_z = (h(k, i) - n[i]) * z[i] * (1 - z[i]), gate = is_reset ? r[i] : 1;
      const T *W_r = W.row(i), *W_z = W.row(D_ + i), *W_n = W.row(2 * D_ + i);
      for (int j = 0; j < J.columns; ++j) J(i, j) = of_r * W_r[j] + of_z * W_z[j] + of_n * gate * W_n[j];
    }
    return J;
  }

  int D_;
  Dense<T> W_ih_, W_hh_;
  std::vector<T> bias_;  // r, z, n, and that under the reset gate
};

template <class T>
class ClippedGru final : public Dynamics<T> {
 public:
  using typename Dynamics<T>::Tape;
  explicit ClippedGru(const CellParameters& p)
      : D_(p.units()),
        clip_(static_cast<T>(p.clip)),
        W_ih_(as<T>(p.weight_ih)),
        W_zr_(part<T>(p.weight_hh, 0, 2 * D_, 0, D_)),
        W_n_(part<T>(p.weight_hh, 2 * D_, D_, 0, D_)),
        bias_(as<T>(p.bias_ih)) {
    for (std::size_t i = 0; i < bias_.size(); ++i) bias_[i] += static_cast<T>(p.bias_hh[i]);
  }

  int units() const override { return D_; }
  Dense<T> project(const Dense<T>& inputs) const override {
    Dense<T> all = product(inputs, Form::plain, W_ih_, Form::transposed);
    for (int i = 0; i < all.rows; ++i)
      for (int j = 0; j < all.columns; ++j) all(i, j) += bias_[static_cast<std::size_t>(j)];
    return all;
  }
  void step(const Dense<T>& projected, const Dense<T>& h, Dense<T>& next, Tape& tape) const override {
    tape.resize(6);
    Dense<T>&zr = tape[0], &n = tape[1], &reset = tape[2], &unclipped = tape[3];
    reset.resize(h.rows, D_);
    unclipped.resize(h.rows, D_);
    next.resize(h.rows, D_);
    multiply(h, Form::plain, W_zr_, Form::transposed, zr);
    for (int i = 0; i < h.rows; ++i) {
      const T* x = row_of(projected, i);
      for (int j = 0; j < 2 * D_; ++j) zr(i, j) += x[j];
    }
    sigmoid(zr.size(), zr.data());
    for (int i = 0; i < h.rows; ++i)
      for (int j = 0; j < D_; ++j) reset(i, j) = zr(i, D_ + j) * h(i, j);
    multiply(reset, Form::plain, W_n_, Form::transposed, n);
    for (int i = 0; i < h.rows; ++i) {
      const T* x = row_of(projected, i);
      for (int j = 0; j < D_; ++j) n(i, j) += x[2 * D_ + j];
    }
    tanh(n.size(), n.data());
    for (int i = 0; i < h.rows; ++i)
      for (int j = 0; j < D_; ++j) {
        unclipped(i, j) = zr(i, j) * h(i, j) + (1 - zr(i, j)) * n(i, j);
        next(i, j) = std::clamp(unclipped(i, j), -clip_, clip_);
      }
  }
  void pull_back(const Dense<T>& h, const Dense<T>& v, Tape& tape, Dense<T>& gradient) const override {
    const Dense<T>&zr = tape[0], &n = tape[1], &unclipped = tape[3];
    Dense<T>&d_zr = tape[4], &d_reset = tape[5];
    d_zr.resize(h.rows, 2 * D_);
    gradient.resize(h.rows, D_);
    Dense<T> d_n(h.rows, D_);
    for (int i = 0; i < h.rows; ++i)
      for (int j = 0; j < D_; ++j) {
        const T z = zr(i, j), dv = passes(unclipped(i, j)) ? v(i, j) : 0;
        d_n(i, j) = dv * (1 - z) * (1 - n(i, j) * n(i, j));
        d_zr(i, j) = dv * (h(i, j) - n(i, j)) * z * (1 - z);
        gradient(i, j) = dv * z;
      }
    multiply(d_n, Form::plain, W_n_, Form::plain, d_reset);
    for (int i = 0; i < h.rows; ++i)
      for (int j = 0; j < D_; ++j) {
        const T r = zr(i, D_ + j);
        d_zr(i, D_ + j) = d_reset(i, j) * h(i, j) * r * (1 - r);
        gradient(i, j) += d_reset(i, j) * r;
      }
    multiply_add(d_zr, Form::plain, W_zr_, Form::plain, gradient);
  }
  Dense<T> jacobian(const Dense<T>& h, int k, const Tape& tape) const override {
    const T *z = tape[0].row(k), *r = z + D_;
    Dense<T> of_reset = slopes_of_reset(h, k, tape, W_zr_);
    for (int i = 0; i < D_; ++i) of_reset(i, i) += r[i];
    Dense<T> J = product(W_n_, Form::plain, of_reset, Form::plain);
    gate(h, k, tape, W_zr_, J);
    for (int i = 0; i < D_; ++i)
      if (passes(tape[3](k, i))) J(i, i) += z[i];
    return J;
  }
  Dense<T> input_jacobian(const Dense<T>& h, int k, const Tape& tape) const override {
    Dense<T> J = product(W_n_, Form::plain, slopes_of_reset(h, k, tape, W_ih_), Form::plain);
    for (int i = 0; i < D_; ++i)
      for (int j = 0; j < J.columns; ++j) J(i, j) += W_ih_(2 * D_ + i, j);
    gate(h, k, tape, W_ih_, J);
    return J;
  }

 private:
  // h dr, through the second block of W.
  Dense<T> slopes_of_reset(const Dense<T>& h, int k, const Tape& tape, const Dense<T>& W) const {
    const T* r = tape[0].row(k) + D_;
    Dense<T> slopes(D_, W.columns);
    for (int i = 0; i < D_; ++i)
      for (int j = 0; j < W.columns; ++j) slopes(i, j) = h(k, i) * r[i] * (1 - r[i]) * W(D_ + i, j);
    return slopes;
  }
  // From the slopes of what is in the candidate's tanh to those of the state, with z through the first block of W.
  void gate(const Dense<T>& h, int k, const Tape& tape, const Dense<T>& W, Dense<T>& J) const {
    const T *z = tape[0].row(k), *n = tape[1].row(k), *unclipped = tape[3].row(k);
    for (int i = 0; i < D_; ++i) {
      const T on = passes(unclipped[i]) ? 1 : 0, of_n = on * (1 - z[i]) * (1 - n[i] * n[i]),
              of_z = on * (h(k, i) - n[i]) * z[i] * (1 - z[i]);
      for (int j = 0; j < J.columns; ++j) J(i, j) = of_n * J(i, j) + of_z * W(i, j);
    }
  }
  bool passes(T unclipped) const { return std::abs(unclipped) <= clip_; }

  int D_;
  T clip_;
  Dense<T> W_ih_, W_zr_, W_n_;
  std::vector<T> bias_;
};

// vanilla and lds
template <class T>
class Simple final : public Dynamics<T> {
 public:
  using typename Dynamics<T>::Tape;
  explicit Simple(const CellParameters& p)
      : bends_(p.type == CellType::vanilla),
        W_ih_(as<T>(p.weight_ih)),
        W_hh_(as<T>(p.weight_hh)),
        bias_(as<T>(p.bias_ih)) {
    for (std::size_t i = 0; i < bias_.size(); ++i) bias_[i] += static_cast<T>(p.bias_hh[i]);
  }

  int units() const override { return W_hh_.columns; }
  Dense<T> project(const Dense<T>& inputs) const override {
    Dense<T> all = product(inputs, Form::plain, W_ih_, Form::transposed);
    for (int i = 0; i < all.rows; ++i)
      for (int j = 0; j < all.columns; ++j) all(i, j) += bias_[static_cast<std::size_t>(j)];
    return all;
  }
  void step(const Dense<T>& projected, const Dense<T>& h, Dense<T>& next, Tape& tape) const override {
    tape.resize(2);
    multiply(h, Form::plain, W_hh_, Form::transposed, next);
    for (int i = 0; i < h.rows; ++i) {
      const T* x = row_of(projected, i);
      for (int j = 0; j < next.columns; ++j) next(i, j) += x[j];
    }
    if (bends_) tanh(next.size(), next.data());
    tape[0] = next;
  }
  void pull_back(const Dense<T>&, const Dense<T>& v, Tape& tape, Dense<T>& gradient) const override {
    Dense<T>& d = tape[1];
    d = v;
    for (std::size_t i = 0; bends_ && i < d.size(); ++i)
      d.values[i] *= 1 - tape[0].values[i] * tape[0].values[i];
    multiply(d, Form::plain, W_hh_, Form::plain, gradient);
  }
  Dense<T> jacobian(const Dense<T>&, int k, const Tape& tape) const override { return bent(k, tape, W_hh_); }
  Dense<T> input_jacobian(const Dense<T>&, int k, const Tape& tape) const override {
    return bent(k, tape, W_ih_);
  }

 private:
  Dense<T> bent(int k, const Tape& tape, Dense<T> J) const {
    for (int i = 0; bends_ && i < J.rows; ++i)
      for (int j = 0; j < J.columns; ++j) J(i, j) *= 1 - tape[0](k, i) * tape[0](k, i);
    return J;
  }

  bool bends_;
  Dense<T> W_ih_, W_hh_;
  std::vector<T> bias_;
};

template <class T>
class Node final : public Dynamics<T> {
 public:
  using typename Dynamics<T>::Tape;
  explicit Node(const CellParameters& p) : D_(p.units()), step_(static_cast<T>(p.step)) {
    for (const auto& layer : p.layers) {
      const int first = weights_.empty() ? D_ : layer.weight.columns;
      weights_.push_back(part<T>(layer.weight, 0, layer.weight.rows, 0, first));
      biases_.push_back(as<T>(layer.bias));
    }
    of_inputs_ = part<T>(p.layers[0].weight, 0, p.layers[0].weight.rows, D_, p.inputs());
  }

  int units() const override { return D_; }
  Dense<T> project(const Dense<T>& inputs) const override {
    Dense<T> all = product(inputs, Form::plain, of_inputs_, Form::transposed);
    add_bias(0, all);
    return all;
  }
  // The tape: outputs of the layers behind their ReLUs, then two for derivatives.
  void step(const Dense<T>& projected, const Dense<T>& h, Dense<T>& next, Tape& tape) const override {
    const std::size_t last = weights_.size() - 1;
    tape.resize(last + 3);
    for (std::size_t k = 0; k <= last; ++k) {
      Dense<T>& out = tape[k];
      multiply(k == 0 ? h : tape[k - 1], Form::plain, weights_[k], Form::transposed, out);
      if (k > 0) add_bias(k, out);
      for (int i = 0; k == 0 && i < h.rows; ++i) {
        const T* x = row_of(projected, i);
        for (int j = 0; j < out.columns; ++j) out(i, j) += x[j];
      }
      if (k < last) relu(out);
    }
    next.resize(h.rows, D_);
    for (std::size_t i = 0; i < next.size(); ++i) next.values[i] = h.values[i] + step_ * tape[last].values[i];
  }
  void pull_back(const Dense<T>&, const Dense<T>& v, Tape& tape, Dense<T>& gradient) const override {
    const std::size_t last = weights_.size() - 1;
    Dense<T>*d = &tape[last + 1], *other = &tape[last + 2];
    *d = v;
    for (T& x : d->values) x *= step_;
    for (std::size_t k = last; k > 0; --k) {
      multiply(*d, Form::plain, weights_[k], Form::plain, *other);
      for (std::size_t i = 0; i < other->size(); ++i)
        if (!(tape[k - 1].values[i] > 0)) other->values[i] = 0;
      std::swap(d, other);
    }
    gradient = v;
    multiply_add(*d, Form::plain, weights_[0], Form::plain, gradient);
  }
  Dense<T> jacobian(const Dense<T>&, int row, const Tape& tape) const override {
    Dense<T> J = through(weights_[0], row, tape);
    for (int i = 0; i < D_; ++i) J(i, i) += 1;
    return J;
  }
  Dense<T> input_jacobian(const Dense<T>&, int row, const Tape& tape) const override {
    return through(of_inputs_, row, tape);
  }

 private:
  // From the slopes of the first layer.
  Dense<T> through(Dense<T> J, int row, const Tape& tape) const {
    Dense<T> next;
    for (std::size_t k = 1; k < weights_.size(); ++k) {
      for (int i = 0; i < J.rows; ++i)
        if (!(tape[k - 1](row, i) > 0)) std::fill_n(J.row(i), J.columns, T{0});
      multiply(weights_[k], Form::plain, J, Form::plain, next);
      std::swap(J, next);
    }
    for (T& x : J.values) x *= step_;
    return J;
  }
  void add_bias(std::size_t k, Dense<T>& out) const {
    for (int i = 0; i < out.rows; ++i)
      for (int j = 0; j < out.columns; ++j) out(i, j) += biases_[k][static_cast<std::size_t>(j)];
  }
  static void relu(Dense<T>& out) {
    for (T& x : out.values)
      if (x < 0) x = 0;  // keeps a NaN
  }

  int D_;
  T step_;
  std::vector<Dense<T>> weights_;
  std::vector<std::vector<T>> biases_;
  Dense<T> of_inputs_;
};

}  // namespace

template <class T>
std::unique_ptr<Dynamics<T>> make_dynamics(const CellParameters& parameters) {
  switch (parameters.type) {
    case CellType::gru:
      return std::make_unique<Gru<T>>(parameters);
    case CellType::clipped_gru:
      return std::make_unique<ClippedGru<T>>(parameters);
    case CellType::node:
      return std::make_unique<Node<T>>(parameters);
    default:
      return std::make_unique<Simple<T>>(parameters);
  }
}

template std::unique_ptr<Dynamics<float>> make_dynamics(const CellParameters&);
template std::unique_ptr<Dynamics<double>> make_dynamics(const CellParameters&);

}  // namespace tsd::nn
