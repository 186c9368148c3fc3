#include "families/ctd/data/native/lfads_controller.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

LfadsController::LfadsController(const LfadsSpec& s)
    : encoder_("ci_enc", std::max(s.ci_enc_dim, 1), s.cell_clip),
      cell_(nn::clipped_gru_cell(std::max(s.con_dim, 1), s.cell_clip,
                                 nn::cell_names("decoder.rnn.cell.con_cell.")),
            std::max(s.con_dim, 1)) {}

void LfadsController::encode(const LfadsPass& pass, const Parameters& p, Matrix data) {
  cell_.bind(p);
  h0_ = p["decoder.con_h0"];
  to_code_ = p["decoder.rnn.cell.co_linear.weight"], to_code_bias_ = p["decoder.rnn.cell.co_linear.bias"];
  data_ = data;
  encoder_.run(p, data_, pass.R(), pass.keeps());
}

void LfadsController::begin(const LfadsPass& pass) {
  const LfadsSpec& s = pass.model();
  const int rows = pass.T() * pass.R();
  in_ = in_buffer_.matrix(rows, 2 * s.ci_enc_dim + s.fac_dim);
  in_masks_ = pass.masks(masks_buffer_, in_.rows, in_.columns);
  code_ = code_buffer_.matrix(rows, 2 * s.co_dim);
  numbers_ = numbers_buffer_.zeros(rows, Noise::padded(s.co_dim));
  cell_.begin(pass.T(), pass.R(), pass.keeps());
  for (int i = 0; i < pass.R(); ++i) std::copy_n(h0_.value.data, s.con_dim, cell_.initial().row(i));
}

void LfadsController::copy_lagged(const LfadsPass& pass, bool forward, int t, int i, float* to) const {
  const LfadsSpec& s = pass.model();
  const int source = forward ? t - s.ci_lag : t + s.ci_lag;
  if (t >= pass.encoded() || source < 0 || source >= pass.encoded())
    std::fill_n(to, s.ci_enc_dim, 0.0f);
  else
    std::copy_n(encoder_.direction(forward).states().row(source * pass.R() + i), s.ci_enc_dim, to);
}

float LfadsController::std_of(const LfadsPass& pass, int row, int k) const {
  return std::exp(0.5f * code_.row(row)[pass.model().co_dim + k]);
}

void LfadsController::draw(const LfadsPass& pass, NoiseKind kind, int t, int i, float* numbers) const {
  const LfadsSpec& s = pass.model();
  const Noise& noise = pass.call.pass.noise;
  const int place = pass.places[static_cast<std::size_t>(i)];
  if (s.co_prior == CoPrior::student_t)
    noise.student_t(kind, place, t, s.co_dim, s.co_prior_df, numbers);
  else
    noise.normal(kind, place, t, s.co_dim, numbers);
}

void LfadsController::step(const LfadsPass& pass, int t, Matrix factors, Matrix to) {
  const LfadsSpec& s = pass.model();
  const int C = s.ci_enc_dim, R = pass.R();
  const Matrix seen = in_.slice(t * R, R), code = code_.slice(t * R, R);
  for (int i = 0; i < R; ++i) {
    copy_lagged(pass, true, t, i, seen.row(i));
    copy_lagged(pass, false, t, i, seen.row(i) + C);
    std::copy_n(factors.row(i), s.fac_dim, seen.row(i) + C + C);
  }
  pass.drop(NoiseKind::controller, t, seen, pass.masks(in_masks_, t * R, R), room_);
  cell_.step(t, seen);
  apply_linear(to_code_, to_code_bias_, cell_.after(t), code);
  for (int i = 0; i < R; ++i) {
    float* numbers = numbers_.row(t * R + i);
    if (pass.samples()) draw(pass, NoiseKind::co_sample, t, i, numbers);
    for (int k = 0; k < s.co_dim; ++k)
      to.row(i)[k] = code.row(i)[k] + (pass.samples() ? std_of(pass, t * R + i, k) * numbers[k] : 0);
  }
}

void LfadsController::diverge(const LfadsPass& pass, const Priors& priors, Loss& loss) {
  const LfadsSpec& s = pass.model();
  d_code_ = pass.keeps() ? d_code_buffer_.zeros(code_.rows, code_.columns) : Matrix();
  if (!s.variational) return;
  const Matrix numbers = prior_numbers_.matrix(code_.rows, Noise::padded(s.co_dim));
  for (int t = 0; t < pass.T(); ++t)
    for (int i = 0; i < pass.R(); ++i)
      draw(pass, NoiseKind::co_prior_sample, t, i, numbers.row(t * pass.R() + i));
  const double B = pass.batch_size();
  loss.kl_co = co_divergence(s, priors, pass.R(), code_, numbers, pass.call.objective.kl_co / B, d_code_) / B;
}

void LfadsController::begin_back() {
  d_in_ = d_in_buffer_.matrix(in_.rows, in_.columns);
  cell_.begin_back();
}

void LfadsController::step_back(const LfadsPass& pass, int t, Matrix d_inputs) {
  const LfadsSpec& s = pass.model();
  const int R = pass.R(), length = chunk_steps(R);
  for (int i = 0; i < R; ++i) {
    const int row = t * R + i;
    const float* d = d_inputs.row(i);
    for (int k = 0; k < s.co_dim; ++k) {
      d_code_.row(row)[k] += d[k];
      if (pass.samples())
        d_code_.row(row)[s.co_dim + k] += 0.5f * d[k] * std_of(pass, row, k) * numbers_.row(row)[k];
    }
  }
  const Matrix d_con = d_con_.matrix(R, s.con_dim);
  apply_linear_back(to_code_, to_code_bias_, cell_.after(t), d_code_.slice(t * R, R), d_con, sums_);
  kernels::add(d_con.size(), cell_.carry().data, d_con.data);
  Matrix d_seen = d_in_.slice(t * R, R);
  cell_.step_back(t, d_con, &d_seen);
  pass.drop_back(d_seen, pass.masks(in_masks_, t * R, R));
  if (t % length == 0) cell_.accumulate(t, std::min(t + length, pass.T()), in_);
}

void LfadsController::add_to_factors(const LfadsPass& pass, int t, Matrix d_factors) const {
  const int C = pass.model().ci_enc_dim;
  for (int i = 0; i < pass.R(); ++i)
    kernels::add(static_cast<std::size_t>(d_factors.columns), d_in_.row(t * pass.R() + i) + C + C,
                 d_factors.row(i));
}

void LfadsController::end_back(const LfadsPass& pass) {
  nn::add_column_sums(cell_.carry(), h0_.gradient, sums_);
  encoder_back(pass);
}

void LfadsController::encoder_back(const LfadsPass& pass) {
  const int C = pass.model().ci_enc_dim, lag = pass.model().ci_lag, R = pass.R();
  encoder_.back(data_, [&](bool forward, int begin, int end, Matrix dg) {
    std::fill_n(dg.data, dg.size(), 0.0f);
    for (int source = begin; source < end; ++source) {
      const int t = forward ? source + lag : source - lag;
      if (t < 0 || t >= pass.encoded()) continue;
      for (int i = 0; i < R; ++i)
        std::copy_n(d_in_.row(t * R + i) + (forward ? 0 : C), C, dg.row((source - begin) * R + i));
    }
  });
}

void LfadsController::keep(const LfadsPass& pass, Outputs& outputs) {
  const int m = pass.model().co_dim;
  keep_steps(outputs.inferred_inputs, pass.places, pass.T(), code_, 0, m);
  for (int row = 0; row < code_.rows; ++row)
    for (int k = 0; k < m; ++k) code_.row(row)[k] = std_of(pass, row, k);
  keep_steps(outputs.co_std, pass.places, pass.T(), code_, 0, m);
}

}  // namespace tsd::ctd_data
