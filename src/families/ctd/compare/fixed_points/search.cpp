#include "families/ctd/compare/fixed_points/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tsd/kernels/adamw.hpp"

namespace tsd::compare {

using math::Dense;

namespace {

constexpr int kRowsOfBlock = 128;

template <class T>
Dense<T> rows_of(const Dense<T>& all, int first, int count) {
  Dense<T> some(count, all.columns);
  std::copy_n(all.row(first), some.size(), some.data());
  return some;
}

void adam(const kernels::AdamW& options, std::int64_t step, double scale, std::size_t n,
          const float* gradient, float* x, float* first, float* second) {
  kernels::adamw(options, step, static_cast<float>(scale), n, gradient, x, first, second);
}

void adam(const kernels::AdamW& o, std::int64_t step, double scale, std::size_t n, const double* gradient,
          double* x, double* first, double* second) {
  const double k = static_cast<double>(step), step_size = o.lr / (1 - std::pow(o.beta1, k)),
               root = std::sqrt(1 - std::pow(o.beta2, k));
  for (std::size_t i = 0; i < n; ++i) {
    const double g = scale * gradient[i];
    first[i] = o.beta1 * first[i] + (1 - o.beta1) * g;
    second[i] = o.beta2 * second[i] + (1 - o.beta2) * g * g;
    x[i] -= step_size * first[i] / (std::sqrt(second[i]) / root + o.eps);
  }
}

}  // namespace

double Finder::mean_q() const {
  const std::vector<double> all = q();
  double sum = 0;
  for (const double value : all) sum += value;
  return sum / static_cast<double>(all.size());
}

template <class T>
Search<T>::Search(const nn::CellParameters& cell, const Dense<T>& states, const Dense<T>& inputs,
                  const SearchOptions& options)
    : dynamics_(nn::make_dynamics<T>(cell)), options_(options), n_(states.rows) {
  const Dense<T> projected = dynamics_->project(inputs);
  for (int first = 0; first < n_; first += kRowsOfBlock) {
    const int count = std::min(kRowsOfBlock, n_ - first);
    Block b;
    b.projected = projected.rows == 1 ? projected : rows_of(projected, first, count);
    b.x = rows_of(states, first, count);
    b.first = b.second = Dense<T>(count, states.columns);
    b.q.assign(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
    b.dq = b.q;
    b.moves.assign(b.q.size(), 0);
    blocks_.push_back(std::move(b));
  }
}

template <class T>
void Search<T>::update(Block& b, const Dense<T>& gradient) {
  const double decays =
      std::floor(static_cast<double>(b.updates) / static_cast<double>(options_.lr_decay_every));
  const kernels::AdamW adamw{options_.learning_rate * std::pow(options_.lr_decay, decays), 0};
  const double scale = 1.0 / n_;
  ++b.updates;
  if (options_.freeze_below <= 0) {
    for (std::int64_t& moves : b.moves) ++moves;
    return adam(adamw, b.updates, scale, b.x.size(), gradient.data(), b.x.data(), b.first.data(),
                b.second.data());
  }
  for (int i = 0; i < b.x.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (b.q[row] < options_.freeze_below) continue;
    ++b.moves[row];
    adam(adamw, b.updates, scale, static_cast<std::size_t>(b.x.columns), gradient.row(i), b.x.row(i),
         b.first.row(i), b.second.row(i));
  }
}

template <class T>
void Search<T>::advance(int block, std::int64_t updates) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  typename nn::Dynamics<T>::Tape tape;
  Dense<T> next, gradient;
  for (std::int64_t k = 0; k < updates; ++k) {
    dynamics_->step(b.projected, b.x, next, tape);
    for (std::size_t i = 0; i < next.size(); ++i) next.values[i] -= b.x.values[i];
    for (int i = 0; i < next.rows; ++i) {
      T sum = 0;
      for (int j = 0; j < next.columns; ++j) sum += next(i, j) * next(i, j);
      T& q = b.q[static_cast<std::size_t>(i)];
      b.dq[static_cast<std::size_t>(i)] = std::abs(sum / 2 - q);
      q = sum / 2;
    }
    dynamics_->pull_back(b.x, next, tape, gradient);
    for (std::size_t i = 0; i < next.size(); ++i) gradient.values[i] -= next.values[i];
    update(b, gradient);
  }
}

template <class T>
Dense<T> Search<T>::states() const {
  Dense<T> all(n_, dynamics_->units());
  T* to = all.data();
  for (const Block& b : blocks_) to = std::copy(b.x.values.begin(), b.x.values.end(), to);
  return all;
}

template <class T>
std::vector<double> Search<T>::q() const {
  std::vector<double> all;
  for (const Block& b : blocks_) all.insert(all.end(), b.q.begin(), b.q.end());
  return all;
}

template <class T>
std::vector<double> Search<T>::dq() const {
  std::vector<double> all;
  for (const Block& b : blocks_) all.insert(all.end(), b.dq.begin(), b.dq.end());
  return all;
}

template <class T>
std::vector<std::int64_t> Search<T>::updates() const {
  std::vector<std::int64_t> all;
  for (const Block& b : blocks_) all.insert(all.end(), b.moves.begin(), b.moves.end());
  return all;
}

template <class T>
math::DenseD Search<T>::ends() const {
  const Dense<T> from = states();
  math::DenseD all(from.rows, from.columns);
  std::ranges::copy(from.values, all.values.begin());
  return all;
}

template <class T>
Arrays Search<T>::save(const std::string& prefix) const {
  Arrays all;
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    const Block& b = blocks_[k];
    const std::string at = prefix + std::to_string(k) + "/";
    for (const auto& [name, values] : {std::pair{"x", &b.x}, {"first", &b.first}, {"second", &b.second}})
      all.push_back(make_array<T>(at + name, std::span<const T>(values->data(), values->size()),
                                  {values->rows, values->columns}));
    all.push_back(make_array(at + "q", b.q));
    all.push_back(make_array(at + "dq", b.dq));
    all.push_back(make_array(at + "moves", b.moves));
    all.push_back(make_scalar(at + "updates", b.updates));
  }
  return all;
}

template <class T>
void Search<T>::load(const Arrays& saved, const std::string& prefix) {
  for (std::size_t k = 0; k < blocks_.size(); ++k) {
    Block& b = blocks_[k];
    const std::string at = prefix + std::to_string(k) + "/";
    for (const auto& [name, values] : {std::pair{"x", &b.x}, {"first", &b.first}, {"second", &b.second}})
      std::ranges::copy(find(saved, at + name).template as<T>(), values->data());
    std::ranges::copy(find(saved, at + "q").template as<T>(), b.q.begin());
    std::ranges::copy(find(saved, at + "dq").template as<T>(), b.dq.begin());
    b.updates = scalar<std::int64_t>(saved, at + "updates");
    const auto moves = std::ranges::find(saved, at + "moves", &Array::name);
    if (moves == saved.end())  // of a checkpoint of earlier versions
      std::ranges::fill(b.moves, b.updates);
    else
      std::ranges::copy(moves->as<std::int64_t>(), b.moves.begin());
  }
}

template class Search<float>;
template class Search<double>;

}  // namespace tsd::compare
