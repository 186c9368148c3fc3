#include "families/ctd/data/native/lfads_initial.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::ctd_data {

double LfadsInitial::std_of(const LfadsPass& pass, int i, int k) const {
  const LfadsSpec& s = pass.model();
  return std::sqrt(std::exp(double{code_.row(i)[s.ic_dim + k]}) + s.ic_post_var_min);
}

void LfadsInitial::encode(const LfadsPass& pass, const Parameters& p, Matrix data) {
  to_code_ = p["encoder.ic_linear.weight"], to_code_bias_ = p["encoder.ic_linear.bias"];
  to_g0_ = p["decoder.ic_to_g0.weight"], to_g0_bias_ = p["decoder.ic_to_g0.bias"];
  const int E = pass.model().ic_enc_dim, R = pass.R();
  data_ = data;
  encoder_.run(p, data_, R, pass.keeps());
  encoding_ = encoding_buffer_.matrix(R, 2 * E);
  for (const bool forward : {true, false})
    for (int i = 0; i < R; ++i)
      std::copy_n(encoder_.direction(forward).last().row(i), E, encoding_.row(i) + (forward ? 0 : E));
  encoding_masks_ = pass.masks(masks_buffer_, R, 2 * E);
  pass.drop(NoiseKind::encoding, 0, encoding_, encoding_masks_, room_);
  code_ = code_buffer_.matrix(R, 2 * pass.model().ic_dim);
  apply_linear(to_code_, to_code_bias_, encoding_, code_);
}

void LfadsInitial::start(const LfadsPass& pass, const Priors& priors, Matrix g0, Loss& loss) {
  const int K = pass.model().ic_dim, R = pass.R();
  ic_ = ic_buffer_.matrix(R, K);
  numbers_ = numbers_buffer_.zeros(R, Noise::padded(K));
  for (int i = 0; i < R; ++i) {
    if (pass.samples())
      pass.call.pass.noise.normal(NoiseKind::ic_sample, pass.places[static_cast<std::size_t>(i)], 0, K,
                                  numbers_.row(i));
    for (int k = 0; k < K; ++k)
      ic_.row(i)[k] = code_.row(i)[k] +
                      (pass.samples() ? static_cast<float>(std_of(pass, i, k)) * numbers_.row(i)[k] : 0);
  }
  d_code_ = pass.keeps() ? d_code_buffer_.zeros(R, 2 * K) : Matrix();
  const double B = pass.batch_size();
  if (pass.model().variational)
    loss.kl_ic =
        ic_divergence(priors, pass.model().ic_post_var_min, code_, pass.call.objective.kl_ic / B, d_code_) /
        B;
  apply_linear(to_g0_, to_g0_bias_, ic_, g0);
}

void LfadsInitial::back(const LfadsPass& pass, Matrix d_g0) {
  const LfadsSpec& s = pass.model();
  const int E = s.ic_enc_dim, R = pass.R(), steps = data_.rows / R;
  const Matrix d_ic = d_ic_.matrix(R, s.ic_dim);
  apply_linear_back(to_g0_, to_g0_bias_, ic_, d_g0, d_ic, sums_);
  for (int i = 0; i < R; ++i)
    for (int k = 0; k < s.ic_dim; ++k) {
      const float d = d_ic.row(i)[k];
      d_code_.row(i)[k] += d;
      if (!pass.samples()) continue;
      const double std = std_of(pass, i, k), of_code = std * std - s.ic_post_var_min;
      d_code_.row(i)[s.ic_dim + k] += static_cast<float>(d * numbers_.row(i)[k] * 0.5 * of_code / std);
    }
  const Matrix d_encoding = d_encoding_.matrix(R, 2 * E);
  apply_linear_back(to_code_, to_code_bias_, encoding_, d_code_, d_encoding, sums_);
  pass.drop_back(d_encoding, encoding_masks_);
  encoder_.back(data_, [&](bool forward, int begin, int end, Matrix dg) {
    const int last = forward ? steps - 1 : 0;
    std::fill_n(dg.data, dg.size(), 0.0f);
    if (last < begin || last >= end) return;
    for (int i = 0; i < R; ++i)
      std::copy_n(d_encoding.row(i) + (forward ? 0 : E), E, dg.row((last - begin) * R + i));
  });
}

void LfadsInitial::keep(const LfadsPass& pass, Outputs& outputs) {
  const int K = pass.model().ic_dim;
  keep_steps(outputs.ic_mean, pass.places, 1, code_, 0, K);
  for (int i = 0; i < pass.R(); ++i)
    for (int k = 0; k < K; ++k) ic_.row(i)[k] = static_cast<float>(std_of(pass, i, k));
  keep_steps(outputs.ic_std, pass.places, 1, ic_, 0, K);
}

}  // namespace tsd::ctd_data
