#include "families/ctd/data/native/recurrence.hpp"

#include <algorithm>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

Recurrence::Recurrence(std::unique_ptr<nn::Cell> cell, int H, Direction direction)
    : cell_(std::move(cell)),
      H_(H),
      reverse_(direction == Direction::backward),
      saved_buffers_(cell_->saved().size()),
      d_buffers_(cell_->gradients().size()) {}

void Recurrence::begin(int T, int R, bool keeps) {
  T_ = T, R_ = R, keeps_ = keeps;
  states_ = states_buffer_.matrix((T + 1) * R, H_);
  saved_.clear();
  const auto widths = cell_->saved();
  for (std::size_t k = 0; k < widths.size(); ++k)
    saved_.push_back(saved_buffers_[k].matrix(keeps ? T * R : R, widths[k]));
}

Matrices Recurrence::saved(int begin, int end) const {
  Matrices parts;
  for (const Matrix& all : saved_) parts.push_back(keeps_ ? all.slice(begin * R_, (end - begin) * R_) : all);
  return parts;
}

// Chunks begin at multiples of their length.
Matrices Recurrence::gradients(int begin, int end) {
  const int length = chunk_steps(R_), first = begin % length;
  Matrices parts;
  const auto widths = cell_->gradients();
  for (std::size_t k = 0; k < widths.size(); ++k)
    parts.push_back(d_buffers_[k].matrix(length * R_, widths[k]).slice(first * R_, (end - begin) * R_));
  return parts;
}

void Recurrence::step(int t, Matrix x) {
  const Matrix projected = projected_.matrix(R_, cell_->projection());
  cell_->project(x, projected);
  cell_->forward(projected, before(t), saved(t, t + 1), after(t));
}

void Recurrence::run(Matrix x) {
  const int length = chunk_steps(R_), chunks = (T_ + length - 1) / length;
  for (int k = 0; k < chunks; ++k) {
    const int begin = (reverse_ ? chunks - 1 - k : k) * length, end = std::min(begin + length, T_),
              steps = end - begin;
    const Matrix projected = projected_.matrix(steps * R_, cell_->projection());
    cell_->project(x.slice(begin * R_, steps * R_), projected);
    for (int j = 0; j < steps; ++j) {
      const int t = reverse_ ? end - 1 - j : begin + j;
      cell_->forward(projected.slice((t - begin) * R_, R_), before(t), saved(t, t + 1), after(t));
    }
  }
}

Matrix Recurrence::begin_back() { return carry_.zeros(R_, H_); }

void Recurrence::step_back(int t, Matrix dg, Matrix* dx) {
  const Matrices d = gradients(t, t + 1);
  cell_->backward(before(t), saved(t, t + 1), after(t), dg, d, carry());
  if (dx) cell_->input_gradient(d[0], *dx);
}

void Recurrence::accumulate(int begin, int end, Matrix x) {
  const int rows = (end - begin) * R_, first = (reverse_ ? begin + 1 : begin) * R_;
  cell_->accumulate(x.slice(begin * R_, rows), states_.slice(first, rows), saved(begin, end),
                    gradients(begin, end));
}

Matrix Recurrence::run_back(Matrix x, const Fill& fill) {
  const int length = chunk_steps(R_), chunks = (T_ + length - 1) / length;
  begin_back();
  for (int k = 0; k < chunks; ++k) {
    const int begin = (reverse_ ? k : chunks - 1 - k) * length, end = std::min(begin + length, T_),
              steps = end - begin;
    const Matrix dg = dg_.matrix(steps * R_, H_);
    fill(begin, end, dg);
    for (int j = 0; j < steps; ++j) {
      const int t = reverse_ ? begin + j : end - 1 - j;
      const Matrix of_step = dg.slice((t - begin) * R_, R_);
      kernels::add(of_step.size(), carry().data, of_step.data);
      step_back(t, of_step, nullptr);
    }
    accumulate(begin, end, x);
  }
  return carry();
}

}  // namespace tsd::ctd_data
