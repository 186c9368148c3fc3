#include "families/ctd/data/native/lfads_factors.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

void NormalisedRows::bind(const Weight& W) {
  W_ = W;
  value_ = value_buffer_.matrix(W.value.rows, W.value.columns);
  gradient_ = gradient_buffer_.zeros(W.value.rows, W.value.columns);
  for (int i = 0; i < value_.rows; ++i) {
    const float scale = 1 / length(i);
    for (int k = 0; k < value_.columns; ++k) value_.row(i)[k] = scale * W.value.row(i)[k];
  }
}

void NormalisedRows::back() const {
  for (int i = 0; i < value_.rows; ++i) {
    double along = 0;
    for (int k = 0; k < value_.columns; ++k) along += double{value_.row(i)[k]} * gradient_.row(i)[k];
    for (int k = 0; k < value_.columns; ++k)
      W_.gradient.row(i)[k] +=
          (gradient_.row(i)[k] - static_cast<float>(along) * value_.row(i)[k]) / length(i);
  }
}

float NormalisedRows::length(int i) const {
  const double square = kernels::sum_of_squares(static_cast<std::size_t>(W_.value.columns), W_.value.row(i));
  return static_cast<float>(std::max(std::sqrt(square), 1e-12));
}

void LfadsFactors::begin(const LfadsPass& pass) {
  R_ = pass.R();
  dropped_ = dropped_buffer_.matrix((pass.T() + 1) * R_, pass.model().gen_dim);
  masks_ = pass.masks(masks_buffer_, dropped_.rows, dropped_.columns);
  all_ = all_buffer_.matrix((pass.T() + 1) * R_, pass.model().fac_dim);
}

Matrix LfadsFactors::slot(int k) const { return all_.slice(k * R_, R_); }
Matrix LfadsFactors::after_steps() const { return all_.slice(R_, all_.rows - R_); }

void LfadsFactors::make(const LfadsPass& pass, const Recurrence& generator, int first, int count) {
  const Matrix states = dropped_.slice(first * R_, count * R_);
  const Matrix from =
      first == 0 ? generator.initial() : generator.states().slice((first - 1) * R_, count * R_);
  std::copy_n(from.data, states.size(), states.data);
  pass.drop(NoiseKind::generator, first, states, pass.masks(masks_, first * R_, count * R_), room_);
  math::multiply(states, Form::plain, rows_.value(), Form::transposed, all_.slice(first * R_, count * R_));
}

void LfadsFactors::back(const LfadsPass& pass, Matrix d_factors, int first, int count, Matrix d_states) {
  const Matrix states = dropped_.slice(first * R_, count * R_);
  math::multiply_add(d_factors, Form::transposed, states, Form::plain, rows_.gradient());
  math::multiply(d_factors, Form::plain, rows_.value(), Form::plain, d_states);
  pass.drop_back(d_states, pass.masks(masks_, first * R_, count * R_));
}

}  // namespace tsd::ctd_data
