#include "families/ctd/compare/similarity/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/kernels/adamw.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::compare {

using math::Dense, math::DenseD, math::Form;
using Single = Dense<float>;

namespace {

Single single(const DenseD& a) {
  Single s(a.rows, a.columns);
  std::ranges::transform(a.values, s.values.begin(), [](double x) { return static_cast<float>(x); });
  return s;
}

// (I + K)^-1 for K = X - X^T; Cayley's C is 2 V - I.
template <class T>
Dense<T> cayley_inverse(const Dense<T>& x) {
  Dense<T> m(x.rows, x.columns);
  for (int i = 0; i < x.rows; ++i)
    for (int j = 0; j < x.columns; ++j) m(i, j) = x(i, j) - x(j, i) + (i == j);
  return inverse(m);
}

template <class T>
void to_rotation(Dense<T>& v) {
  for (T& value : v.values) value *= 2;
  for (int i = 0; i < v.rows; ++i) v(i, i) -= 1;
}

template <class T>
double inner(const Dense<T>& a, const Dense<T>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    sum += static_cast<double>(a.values[k]) * static_cast<double>(b.values[k]);
  return sum;
}

}  // namespace

struct BasisSearch::Work {
  Single X0, L1, L2, L3, X1, X2, X3;      // parameters and layers
  Single dX3, dX2, dX1;                   // gradients of layers
  Single gradient;                        // of all parameters, [4 n, n]
  Single c, cb, cbt, acb, v, g, scratch;  // for the loss
};

BasisSearch::BasisSearch(const DenseD& a, const DenseD& b, DsaGroup group, double learning_rate,
                         std::uint64_t seed, const std::string& stream)
    : n_(a.rows), group_(group), learning_rate_(learning_rate), a_(single(a)), b_(single(b)) {
  const auto size = static_cast<std::size_t>(n_) * static_cast<std::size_t>(n_);
  parameters_.resize(4 * size), first_.resize(4 * size), second_.resize(4 * size);
  for (std::size_t i = 0; i < size; i += static_cast<std::size_t>(n_) + 1) parameters_[i] = 1;
  const double bound = 1 / std::sqrt(static_cast<double>(n_));
  Philox generator(seed, stream);
  generator.uniform(std::span(parameters_).subspan(size), -bound, bound);
}

void BasisSearch::forward(Work& w) const {
  const float* from = parameters_.data();
  for (Single* to : {&w.X0, &w.L1, &w.L2, &w.L3}) {
    to->resize(n_, n_);
    std::copy_n(from, to->size(), to->data());
    from += to->size();
  }
  multiply(w.X0, Form::plain, w.L1, Form::transposed, w.X1);
  kernels::tanh(w.X1.size(), w.X1.data());
  multiply(w.X1, Form::plain, w.L2, Form::transposed, w.X2);
  kernels::tanh(w.X2.size(), w.X2.data());
  multiply(w.X2, Form::plain, w.L3, Form::transposed, w.X3);
}

// From dX3 to the gradient of the parameters.
void BasisSearch::backward(Work& w) const {
  w.gradient.resize(4 * n_, n_);
  const auto put = [&](int part, const Single& d) {
    std::copy_n(d.data(), d.size(), w.gradient.row(part * n_));
  };
  multiply(w.dX3, Form::transposed, w.X2, Form::plain, w.scratch);
  put(3, w.scratch);
  multiply(w.dX3, Form::plain, w.L3, Form::plain, w.dX2);
  kernels::tanh_backward(w.X2.size(), w.X2.data(), w.dX2.data());
  multiply(w.dX2, Form::transposed, w.X1, Form::plain, w.scratch);
  put(2, w.scratch);
  multiply(w.dX2, Form::plain, w.L2, Form::plain, w.dX1);
  kernels::tanh_backward(w.X1.size(), w.X1.data(), w.dX1.data());
  multiply(w.dX1, Form::transposed, w.X0, Form::plain, w.scratch);
  put(1, w.scratch);
  multiply(w.dX1, Form::plain, w.L1, Form::plain, w.scratch);
  put(0, w.scratch);
}

// |A - C B C^T|^2 = |A|^2 + |B|^2 - 2 <A^T C B, C> for orthogonal C. With V = (I + K)^-1, C = 2 V - I,
// dC = -2 V dK V; so the gradient with respect to K is -2 V^T G V^T for that with respect to C, G, and that
// with respect to X3 its skew part, twice.
double BasisSearch::gradient_of_rotation(Work& w) const {
  w.v = cayley_inverse(w.X3);
  w.c = w.v;
  to_rotation(w.c);
  multiply(w.c, Form::plain, b_, Form::plain, w.cb);
  multiply(w.c, Form::plain, b_, Form::transposed, w.cbt);
  multiply(a_, Form::transposed, w.cb, Form::plain, w.g);
  const double agreement = inner(w.g, w.c);
  multiply_add(a_, Form::plain, w.cbt, Form::plain, w.g);  // -G / 2
  multiply(w.v, Form::transposed, w.g, Form::plain, w.scratch);
  multiply(w.scratch, Form::plain, w.v, Form::transposed, w.g);
  w.dX3.resize(n_, n_);
  for (int i = 0; i < n_; ++i)
    for (int j = 0; j < n_; ++j) w.dX3(i, j) = 4 * (w.g(i, j) - w.g(j, i));
  return inner(a_, a_) + inner(b_, b_) - 2 * agreement;
}

// With R = A - C B C^-1: the gradient is 2 ((C B C^-1)^T R - R (C B C^-1)^T) C^-T.
double BasisSearch::gradient_of_linear_map(Work& w) const {
  w.v = inverse(w.X3);
  multiply(w.X3, Form::plain, b_, Form::plain, w.cb);
  multiply(w.cb, Form::plain, w.v, Form::plain, w.acb);  // C B C^-1
  w.c = a_;
  for (std::size_t k = 0; k < w.c.size(); ++k) w.c.values[k] -= w.acb.values[k];  // R
  multiply(w.acb, Form::transposed, w.c, Form::plain, w.g);
  multiply(w.c, Form::plain, w.acb, Form::transposed, w.scratch);
  for (std::size_t k = 0; k < w.g.size(); ++k) w.g.values[k] = 2 * (w.g.values[k] - w.scratch.values[k]);
  multiply(w.g, Form::plain, w.v, Form::transposed, w.dX3);
  return inner(w.c, w.c);
}

void BasisSearch::advance(std::int64_t updates) {
  Work w;
  const kernels::AdamW adam{learning_rate_, 0};
  for (std::int64_t k = 0; k < updates; ++k) {
    forward(w);
    loss_ = group_ == DsaGroup::GL ? gradient_of_linear_map(w) : gradient_of_rotation(w);
    backward(w);
    kernels::adamw(adam, ++updates_, 1, parameters_.size(), w.gradient.data(), parameters_.data(),
                   first_.data(), second_.data());
  }
}

DenseD BasisSearch::basis() const {
  Work w;
  forward(w);
  DenseD x(n_, n_);
  std::ranges::copy(w.X3.values, x.values.begin());
  if (group_ == DsaGroup::GL) return x;
  DenseD c = cayley_inverse(x);
  to_rotation(c);
  return c;
}

Arrays BasisSearch::save(const std::string& prefix) const {
  return {make_array(prefix + "parameters", parameters_), make_array(prefix + "first", first_),
          make_array(prefix + "second", second_), make_scalar(prefix + "updates", updates_),
          make_scalar(prefix + "loss", loss_)};
}

void BasisSearch::load(const Arrays& saved, const std::string& prefix) {
  std::ranges::copy(find(saved, prefix + "parameters").as<float>(), parameters_.begin());
  std::ranges::copy(find(saved, prefix + "first").as<float>(), first_.begin());
  std::ranges::copy(find(saved, prefix + "second").as<float>(), second_.begin());
  updates_ = scalar<std::int64_t>(saved, prefix + "updates");
  loss_ = scalar<double>(saved, prefix + "loss");
}

DenseD unit_norm(const DenseD& a) {
  DenseD unit = a;
  const double norm = std::sqrt(inner(a, a));
  for (double& value : unit.values) value /= norm;
  return unit;
}

DenseD swapped(const DenseD& b) {
  DenseD s = b;
  if (b.rows < 2) return s;
  std::swap_ranges(s.row(0), s.row(0) + s.columns, s.row(1));
  for (int i = 0; i < s.rows; ++i) std::swap(s(i, 0), s(i, 1));
  return s;
}

namespace {
DenseD moved(const DenseD& b, const DenseD& c, DsaGroup group) {
  const DenseD cb = product(c, Form::plain, b, Form::plain);
  return group == DsaGroup::GL ? product(cb, Form::plain, math::inverse(c), Form::plain)
                               : product(cb, Form::plain, c, Form::transposed);
}
}  // namespace

double angular_distance(const DenseD& a, const DenseD& b, const DenseD& basis, DsaGroup group) {
  const double cosine = inner(a, moved(b, basis, group)) / std::sqrt(inner(a, a) * inner(b, b));
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

double euclidean_distance(const DenseD& a, const DenseD& b, const DenseD& basis, DsaGroup group) {
  DenseD rest = moved(b, basis, group);
  for (std::size_t k = 0; k < rest.size(); ++k) rest.values[k] = a.values[k] - rest.values[k];
  return std::sqrt(inner(rest, rest));
}

}  // namespace tsd::compare
