// LFADS with Poisson counts (ctd-data-compare.md 3.2).
#include <algorithm>
#include <cmath>

#include "families/ctd_data/divergence.hpp"
#include "families/ctd_data/native_block.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

using Direction = Recurrence::Direction;

// Both directions of one encoder over its part of the trial.
class Encoder {
 public:
  Encoder(std::string name, int H, double clip)
      : name_("encoder." + name),
        H_(H),
        forward_(cell("fwd", clip), H),
        backward_(cell("bwd", clip), H, Direction::backward) {}

  void run(const Parameters& parameters, Matrix x, int R, bool keeps) {
    h0_ = parameters[name_ + "_h0"];
    const int T = x.rows / R;
    for (Recurrence* one : {&forward_, &backward_}) {
      one->bind(parameters);
      one->begin(T, R, keeps);
      const float* from = h0_.value.data + (one == &forward_ ? 0 : H_);
      for (int i = 0; i < R; ++i) std::copy_n(from, H_, one->initial().row(i));
      one->run(x);
    }
  }
  const Recurrence& direction(bool forward) const { return forward ? forward_ : backward_; }

  using Fill = std::function<void(bool forward, int begin, int end, Matrix dg)>;
  void back(Matrix x, const Fill& fill) {
    for (const bool forward : {true, false}) {
      const Matrix dh = (forward ? forward_ : backward_).run_back(x, [&](int begin, int end, Matrix dg) {
        fill(forward, begin, end, dg);
      });
      nn::add_column_sums(dh, {h0_.gradient.data + (forward ? 0 : H_), 1, H_}, sums_);
    }
  }

 private:
  std::unique_ptr<nn::Cell> cell(const std::string& direction, double clip) const {
    return nn::clipped_gru_cell(H_, clip, nn::cell_names(name_ + "." + direction + "_gru.cell."));
  }

  std::string name_;
  int H_;
  Recurrence forward_, backward_;
  Weight h0_;
  Buffer sums_;
};

// Rows of unit length, and the gradient back through the division.
class NormalisedRows {
 public:
  void bind(const Weight& W) {
    W_ = W;
    value_ = value_buffer_.matrix(W.value.rows, W.value.columns);
    gradient_ = gradient_buffer_.zeros(W.value.rows, W.value.columns);
    for (int i = 0; i < value_.rows; ++i) {
      const float scale = 1 / length(i);
      for (int k = 0; k < value_.columns; ++k) value_.row(i)[k] = scale * W.value.row(i)[k];
    }
  }
  Matrix value() const { return value_; }
  Matrix gradient() const { return gradient_; }
  void back() const {
    for (int i = 0; i < value_.rows; ++i) {
      double along = 0;
      for (int k = 0; k < value_.columns; ++k) along += double{value_.row(i)[k]} * gradient_.row(i)[k];
      for (int k = 0; k < value_.columns; ++k)
        W_.gradient.row(i)[k] +=
            (gradient_.row(i)[k] - static_cast<float>(along) * value_.row(i)[k]) / length(i);
    }
  }

 private:
  float length(int i) const {
    const double square =
        kernels::sum_of_squares(static_cast<std::size_t>(W_.value.columns), W_.value.row(i));
    return static_cast<float>(std::max(std::sqrt(square), 1e-12));
  }
  Weight W_;
  Matrix value_, gradient_;
  Buffer value_buffer_, gradient_buffer_;
};

class NativeLfads final : public NativeBlock {
 public:
  NativeLfads(const Config& config, const ModelSpec& spec, const Layout& layout)
      : spec_(spec),
        s_(spec_.lfads),
        layout_(layout),
        preparation_(config, spec_.extents),
        readout_(config, spec_),
        ic_encoder_("ic_enc", s_.ic_enc_dim, s_.cell_clip),
        ci_encoder_("ci_enc", std::max(s_.ci_enc_dim, 1), s_.cell_clip),
        controller_(
            nn::clipped_gru_cell(std::max(s_.con_dim, 1), s_.cell_clip, nn::cell_names("decoder.con_cell.")),
            std::max(s_.con_dim, 1)),
        generator_(nn::clipped_gru_cell(s_.gen_dim, s_.cell_clip, nn::cell_names("decoder.gen_cell.")),
                   s_.gen_dim) {}

  Loss run(const BlockCall& call, std::span<const int> places) override {
    call_ = &call, places_ = places;
    ready_ = &preparation_.prepare(call.batch, call.pass, places);
    bind();
    Loss loss;
    encode();
    start(loss);
    controlled() ? decode_controlled() : decode();
    if (controlled()) co_loss(loss);
    const Matrix d_factors = keeps() ? d_factors_.matrix(T() * R(), s_.fac_dim) : Matrix();
    readout_.run(call, places, *ready_, factors_, d_factors, loss);
    if (call.outputs) keep();
    if (keeps()) back();
    return loss;
  }

 private:
  bool keeps() const { return call_->gradient != nullptr; }
  bool drops() const { return call_->pass.drops() && spec_.dropout > 0; }
  bool samples() const { return call_->pass.sample && s_.variational; }
  bool controlled() const { return s_.has_controller(); }
  bool student() const { return s_.co_prior == CoPrior::student_t; }
  int R() const { return ready_->R; }
  int T() const { return spec_.steps(); }
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

  void bind() {
    const Parameters p(layout_, call_->parameters.data(), call_->gradient);
    to_code_ = p["encoder.ic_linear.weight"], to_code_bias_ = p["encoder.ic_linear.bias"];
    to_g0_ = p["decoder.ic_to_g0.weight"], to_g0_bias_ = p["decoder.ic_to_g0.bias"];
    generator_.bind(p), readout_.bind(p);
    factor_rows_.bind(p["decoder.fac_linear.weight"]);
    if (s_.variational) priors_ = {p["ic_prior.mean"], p["ic_prior.logvar"], {}, {}};
    if (!controlled()) return;
    controller_.bind(p);
    con_h0_ = p["decoder.con_h0"];
    to_co_ = p["decoder.co_linear.weight"], to_co_bias_ = p["decoder.co_linear.bias"];
    if (!s_.variational) return;
    priors_.co_first = p[student() ? "co_prior.loc" : "co_prior.logtaus"];
    priors_.co_second = p[student() ? "co_prior.logscale" : "co_prior.lognvars"];
  }

  // Masks of `kind` over the rows of steps [first, first + n) into x; nothing without dropout.
  void drop(NoiseKind kind, int first, Matrix x, Matrix masks) {
    if (!drops()) return;
    for (int t = 0; t < x.rows / R(); ++t)
      fill_masks(call_->pass, kind, first + t, spec_.dropout, places_, masks.slice(t * R(), R()), room_);
    kernels::multiply(x.size(), masks.data, x.data);
  }
  Matrix masks(Buffer& buffer, int rows, int columns) {
    return drops() ? buffer.matrix(rows, columns) : Matrix();
  }
  void mask_back(Matrix dx, Matrix masks) const {
    if (drops()) kernels::multiply(dx.size(), masks.data, dx.data);
  }

  void encode() {
    const Parameters p(layout_, call_->parameters.data(), call_->gradient);
    const Matrix all = ready_->encod;
    drop(NoiseKind::encoded, 0, all, masks(encoded_masks_, all.rows, all.columns));
    const int own = s_.ic_enc_seq_len * R();
    ic_data_ = own > 0 ? all.slice(0, own) : all;
    ic_encoder_.run(p, ic_data_, R(), keeps());
    const int E = s_.ic_enc_dim;
    encoding_ = encoding_buffer_.matrix(R(), 2 * E);
    for (const bool forward : {true, false})
      for (int i = 0; i < R(); ++i)
        std::copy_n(ic_encoder_.direction(forward).last().row(i), E, encoding_.row(i) + (forward ? 0 : E));
    encoding_masks_ = masks(encoding_masks_buffer_, R(), 2 * E);
    drop(NoiseKind::encoding, 0, encoding_, encoding_masks_);
    code_ = code_buffer_.matrix(R(), 2 * s_.ic_dim);
    apply_linear(to_code_, to_code_bias_, encoding_, code_);
    if (!controlled()) return;
    ci_data_ = all.slice(own, all.rows - own);
    ci_encoder_.run(p, ci_data_, R(), keeps());
  }

  double ic_std(int i, int k) const {
    return std::sqrt(std::exp(double{code_.row(i)[s_.ic_dim + k]}) + s_.ic_post_var_min);
  }

  void start(Loss& loss) {
    const int K = s_.ic_dim;
    const double B = static_cast<double>(call_->batch.size());
    ic_ = ic_buffer_.matrix(R(), K);
    ic_numbers_ = ic_numbers_buffer_.zeros(R(), Noise::padded(K));
    for (int i = 0; i < R(); ++i) {
      if (samples())
        call_->pass.noise.normal(NoiseKind::ic_sample, places_[index(i)], 0, K, ic_numbers_.row(i));
      for (int k = 0; k < K; ++k)
        ic_.row(i)[k] =
            code_.row(i)[k] + (samples() ? static_cast<float>(ic_std(i, k)) * ic_numbers_.row(i)[k] : 0);
    }
    d_code_ = keeps() ? d_code_buffer_.zeros(R(), 2 * K) : Matrix();
    if (s_.variational)
      loss.kl_ic = ic_divergence(priors_, s_.ic_post_var_min, code_, call_->objective.kl_ic / B, d_code_) / B;
    generator_.begin(T(), R(), keeps());
    apply_linear(to_g0_, to_g0_bias_, ic_, generator_.initial());
    const int m = controlled() ? s_.co_dim : 0, U = spec_.extents.U;
    gen_in_ = gen_in_buffer_.matrix(T() * R(), m + U);
    for (int row = 0; row < gen_in_.rows; ++row)
      std::copy_n(ready_->inputs.row(spec_.first_step() * R() + row), U, gen_in_.row(row) + m);
    if (U > 0 && drops()) drop_inputs(m, U);
    // A slot for the state before each step, and one for the last.
    dropped_ = dropped_buffer_.matrix((T() + 1) * R(), s_.gen_dim);
    dropped_masks_ = masks(dropped_masks_buffer_, dropped_.rows, dropped_.columns);
    factors_all_ = factors_buffer_.matrix((T() + 1) * R(), s_.fac_dim);
    factors_ = factors_all_.slice(R(), T() * R());
  }

  void drop_inputs(int m, int U) {
    const Matrix one = input_masks_.matrix(R(), U);
    for (int t = 0; t < T(); ++t) {
      fill_masks(call_->pass, NoiseKind::external, t, spec_.dropout, places_, one, room_);
      for (int i = 0; i < R(); ++i) kernels::multiply(index(U), one.row(i), gen_in_.row(t * R() + i) + m);
    }
  }

  // Factors of the states in slots [first, first + count).
  void make_factors(int first, int count) {
    const Matrix states = dropped_.slice(first * R(), count * R());
    const Matrix from =
        first == 0 ? generator_.initial() : generator_.states().slice((first - 1) * R(), count * R());
    std::copy_n(from.data, states.size(), states.data);
    drop(NoiseKind::generator, first, states,
         drops() ? dropped_masks_.slice(first * R(), count * R()) : Matrix());
    nn::multiply(states, Form::plain, factor_rows_.value(), Form::transposed,
                 factors_all_.slice(first * R(), count * R()));
  }

  void decode() {
    generator_.run(gen_in_);
    const int length = chunk_steps(R());
    for (int begin = 0; begin < T(); begin += length) make_factors(begin + 1, std::min(length, T() - begin));
  }

  void decode_controlled() {
    const int C = s_.ci_enc_dim, m = s_.co_dim;
    con_in_ = con_in_buffer_.matrix(T() * R(), 2 * C + s_.fac_dim);
    con_masks_ = masks(con_masks_buffer_, con_in_.rows, con_in_.columns);
    co_code_ = co_code_buffer_.matrix(T() * R(), 2 * m);
    co_numbers_ = co_numbers_buffer_.zeros(T() * R(), Noise::padded(m));
    controller_.begin(T(), R(), keeps());
    for (int i = 0; i < R(); ++i) std::copy_n(con_h0_.value.data, s_.con_dim, controller_.initial().row(i));
    make_factors(0, 1);
    for (int t = 0; t < T(); ++t) {
      const Matrix seen = con_in_.slice(t * R(), R()), code = co_code_.slice(t * R(), R());
      for (int i = 0; i < R(); ++i) {
        copy_lagged(true, t, i, seen.row(i));
        copy_lagged(false, t, i, seen.row(i) + C);
        std::copy_n(factors_all_.row(t * R() + i), s_.fac_dim, seen.row(i) + 2 * C);
      }
      drop(NoiseKind::controller, t, seen, drops() ? con_masks_.slice(t * R(), R()) : Matrix());
      controller_.step(t, seen);
      apply_linear(to_co_, to_co_bias_, controller_.after(t), code);
      for (int i = 0; i < R(); ++i) sample_co(t, i, gen_in_.row(t * R() + i));
      generator_.step(t, gen_in_.slice(t * R(), R()));
      make_factors(t + 1, 1);
    }
  }

  int source_of(bool forward, int t) const { return forward ? t - s_.ci_lag : t + s_.ci_lag; }
  void copy_lagged(bool forward, int t, int i, float* to) const {
    const int source = source_of(forward, t);
    if (source < 0 || source >= T())
      std::fill_n(to, s_.ci_enc_dim, 0.0f);
    else
      std::copy_n(ci_encoder_.direction(forward).states().row(source * R() + i), s_.ci_enc_dim, to);
  }

  float co_std(int row, int k) const { return std::exp(0.5f * co_code_.row(row)[s_.co_dim + k]); }
  void draw_co(NoiseKind kind, int t, int i, float* numbers) const {
    if (student())
      call_->pass.noise.student_t(kind, places_[index(i)], t, s_.co_dim, s_.co_prior_df, numbers);
    else
      call_->pass.noise.normal(kind, places_[index(i)], t, s_.co_dim, numbers);
  }
  void sample_co(int t, int i, float* co) {
    const int row = t * R() + i;
    float* numbers = co_numbers_.row(row);
    if (samples()) draw_co(NoiseKind::co_sample, t, i, numbers);
    for (int k = 0; k < s_.co_dim; ++k)
      co[k] = co_code_.row(row)[k] + (samples() ? co_std(row, k) * numbers[k] : 0);
  }

  void co_loss(Loss& loss) {
    d_co_ = keeps() ? d_co_buffer_.zeros(T() * R(), 2 * s_.co_dim) : Matrix();
    if (!s_.variational) return;
    const Matrix numbers = prior_numbers_.matrix(T() * R(), Noise::padded(s_.co_dim));
    for (int t = 0; t < T(); ++t)
      for (int i = 0; i < R(); ++i) draw_co(NoiseKind::co_prior_sample, t, i, numbers.row(t * R() + i));
    const double B = static_cast<double>(call_->batch.size());
    loss.kl_co = co_divergence(s_, priors_, R(), co_code_, numbers, call_->objective.kl_co / B, d_co_) / B;
  }

  // Gradient of the factors in slots [first, first + count) to that of the states before dropout.
  void factors_back(Matrix d_factors, int first, int count, Matrix d_states) {
    const Matrix states = dropped_.slice(first * R(), count * R());
    nn::multiply_add(d_factors, Form::transposed, states, Form::plain, factor_rows_.gradient());
    nn::multiply(d_factors, Form::plain, factor_rows_.value(), Form::plain, d_states);
    if (drops()) mask_back(d_states, dropped_masks_.slice(first * R(), count * R()));
  }

  void back() {
    const Matrix d_factors = d_factors_.matrix(T() * R(), s_.fac_dim);
    Matrix d_g0;
    if (controlled()) {
      d_g0 = back_controlled(d_factors);
    } else {
      d_g0 = generator_.run_back(gen_in_, [&](int begin, int end, Matrix dg) {
        factors_back(d_factors.slice(begin * R(), (end - begin) * R()), begin + 1, end - begin, dg);
      });
    }
    factor_rows_.back();
    const Matrix d_ic = d_ic_.matrix(R(), s_.ic_dim);
    apply_linear_back(to_g0_, to_g0_bias_, ic_, d_g0, d_ic, sums_);
    for (int i = 0; i < R(); ++i)
      for (int k = 0; k < s_.ic_dim; ++k) {
        const float d = d_ic.row(i)[k];
        d_code_.row(i)[k] += d;
        if (!samples()) continue;
        const double std = ic_std(i, k), of_code = std * std - s_.ic_post_var_min;
        d_code_.row(i)[s_.ic_dim + k] += static_cast<float>(d * ic_numbers_.row(i)[k] * 0.5 * of_code / std);
      }
    const Matrix d_encoding = d_encoding_.matrix(R(), 2 * s_.ic_enc_dim);
    apply_linear_back(to_code_, to_code_bias_, encoding_, d_code_, d_encoding, sums_);
    mask_back(d_encoding, encoding_masks_);
    ic_back(d_encoding);
    if (controlled()) ci_back();
  }

  void ic_back(Matrix d_encoding) {
    const int E = s_.ic_enc_dim, steps = ic_data_.rows / R();
    ic_encoder_.back(ic_data_, [&](bool forward, int begin, int end, Matrix dg) {
      const int last = forward ? steps - 1 : 0;
      std::fill_n(dg.data, dg.size(), 0.0f);
      if (last < begin || last >= end) return;
      for (int i = 0; i < R(); ++i)
        std::copy_n(d_encoding.row(i) + (forward ? 0 : E), E, dg.row((last - begin) * R() + i));
    });
  }

  // d_con_in_ keeps what the controller's encoder gets.
  Matrix back_controlled(Matrix d_factors) {
    const int F = s_.fac_dim, C = s_.ci_enc_dim, length = chunk_steps(R());
    const Matrix d_con_in = d_con_in_.matrix(con_in_.rows, con_in_.columns);
    const Matrix dg = d_gen_.matrix(R(), s_.gen_dim);
    Matrix d_in = d_gen_in_.matrix(R(), gen_in_.columns);
    const Matrix d_con = d_con_.matrix(R(), s_.con_dim);
    generator_.begin_back(), controller_.begin_back();
    for (int t = T() - 1; t >= 0; --t) {
      const Matrix d_factor = d_factors.slice(t * R(), R());
      if (t + 1 < T())
        for (int i = 0; i < R(); ++i)
          kernels::add(index(F), d_con_in.row((t + 1) * R() + i) + 2 * C, d_factor.row(i));
      factors_back(d_factor, t + 1, 1, dg);
      kernels::add(dg.size(), generator_.carry().data, dg.data);
      generator_.step_back(t, dg, &d_in);
      for (int i = 0; i < R(); ++i) co_back(t * R() + i, d_in.row(i));
      const Matrix d_code = d_co_.slice(t * R(), R());
      apply_linear_back(to_co_, to_co_bias_, controller_.after(t), d_code, d_con, sums_);
      kernels::add(d_con.size(), controller_.carry().data, d_con.data);
      Matrix d_seen = d_con_in.slice(t * R(), R());
      controller_.step_back(t, d_con, &d_seen);
      if (drops()) mask_back(d_seen, con_masks_.slice(t * R(), R()));
      if (t % length != 0) continue;
      const int end = std::min(t + length, T());
      generator_.accumulate(t, end, gen_in_);
      controller_.accumulate(t, end, con_in_);
    }
    nn::add_column_sums(controller_.carry(), con_h0_.gradient, sums_);
    const Matrix first = first_factors_.matrix(R(), F);
    for (int i = 0; i < R(); ++i) std::copy_n(d_con_in.row(i) + 2 * C, F, first.row(i));
    factors_back(first, 0, 1, dg);
    kernels::add(dg.size(), dg.data, generator_.carry().data);
    return generator_.carry();
  }

  void co_back(int row, const float* d) {
    for (int k = 0; k < s_.co_dim; ++k) {
      d_co_.row(row)[k] += d[k];
      if (samples()) d_co_.row(row)[s_.co_dim + k] += 0.5f * d[k] * co_std(row, k) * co_numbers_.row(row)[k];
    }
  }

  void ci_back() {
    const Matrix d_con_in = d_con_in_.matrix(con_in_.rows, con_in_.columns);
    const int C = s_.ci_enc_dim;
    ci_encoder_.back(ci_data_, [&](bool forward, int begin, int end, Matrix dg) {
      std::fill_n(dg.data, dg.size(), 0.0f);
      for (int source = begin; source < end; ++source) {
        const int t = forward ? source + s_.ci_lag : source - s_.ci_lag;
        if (t < 0 || t >= T()) continue;
        for (int i = 0; i < R(); ++i)
          std::copy_n(d_con_in.row(t * R() + i) + (forward ? 0 : C), C, dg.row((source - begin) * R() + i));
      }
    });
  }

  void keep() {
    Outputs& out = *call_->outputs;
    keep_steps(out.latents, places_, T(), generator_.states(), 0, s_.gen_dim);
    keep_steps(out.factors, places_, T(), factors_, 0, s_.fac_dim);
    keep_steps(out.generator_inputs, places_, T(), gen_in_, 0, gen_in_.columns);
    keep_steps(out.ic_mean, places_, 1, code_, 0, s_.ic_dim);
    const Matrix std = ic_.slice(0, R());
    for (int i = 0; i < R(); ++i)
      for (int k = 0; k < s_.ic_dim; ++k) std.row(i)[k] = static_cast<float>(ic_std(i, k));
    keep_steps(out.ic_std, places_, 1, std, 0, s_.ic_dim);
    if (!controlled()) return;
    keep_steps(out.inferred_inputs, places_, T(), co_code_, 0, s_.co_dim);
    for (int row = 0; row < co_code_.rows; ++row)
      for (int k = 0; k < s_.co_dim; ++k) co_code_.row(row)[k] = co_std(row, k);
    keep_steps(out.co_std, places_, T(), co_code_, 0, s_.co_dim);
  }

  ModelSpec spec_;
  const LfadsSpec& s_;
  const Layout& layout_;
  Preparation preparation_;
  PoissonReadout readout_;
  Encoder ic_encoder_, ci_encoder_;
  Recurrence controller_, generator_;
  NormalisedRows factor_rows_;
  Priors priors_;
  Weight to_code_, to_code_bias_, to_g0_, to_g0_bias_, con_h0_, to_co_, to_co_bias_;

  const BlockCall* call_ = nullptr;
  const Prepared* ready_ = nullptr;
  std::span<const int> places_;
  Matrix ic_data_, ci_data_, encoding_, encoding_masks_, code_, d_code_, ic_, ic_numbers_;
  Matrix gen_in_, dropped_, dropped_masks_, factors_all_, factors_;
  Matrix con_in_, con_masks_, co_code_, d_co_, co_numbers_;
  Buffer encoded_masks_, encoding_buffer_, encoding_masks_buffer_, code_buffer_, d_code_buffer_, ic_buffer_,
      ic_numbers_buffer_, gen_in_buffer_, input_masks_, dropped_buffer_, dropped_masks_buffer_,
      factors_buffer_, con_in_buffer_, con_masks_buffer_, co_code_buffer_, d_co_buffer_, co_numbers_buffer_,
      prior_numbers_, room_, sums_;
  Buffer d_factors_, d_ic_, d_encoding_, d_gen_, d_gen_in_, d_con_, d_con_in_, first_factors_;
};

}  // namespace

std::unique_ptr<NativeBlock> make_lfads_block(const Config& config, const ModelSpec& spec,
                                              const Layout& layout) {
  return std::make_unique<NativeLfads>(config, spec, layout);
}

}  // namespace tsd::ctd_data
