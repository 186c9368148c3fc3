// LFADS with Poisson counts (ctd_data.md 3.2): its parts one after the other, and back.
#include <algorithm>

#include "families/ctd/data/native/lfads_controller.hpp"
#include "families/ctd/data/native/lfads_factors.hpp"
#include "families/ctd/data/native/lfads_initial.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

class NativeLfads final : public NativeBlock {
 public:
  NativeLfads(const Config& config, const ModelSpec& spec, const Layout& layout)
      : spec_(spec),
        layout_(layout),
        preparation_(config, spec_.extents),
        readout_(config, spec_),
        initial_(spec_.lfads),
        controller_(spec_.lfads),
        generator_(nn::clipped_gru_cell(spec_.lfads.gen_dim, spec_.lfads.cell_clip,
                                        nn::cell_names("decoder.rnn.cell.gen_cell.")),
                   spec_.lfads.gen_dim) {}

  Loss run(const BlockCall& call, std::span<const int> places) override {
    const LfadsPass pass{spec_, call, places, preparation_.prepare(call.batch, call.pass, places)};
    const Parameters parameters(layout_, call.parameters.data(), call.gradient);
    bind(parameters);
    Loss loss;
    encode(pass, parameters);
    start(pass, loss);
    controlled() ? decode_controlled(pass) : decode(pass);
    if (controlled()) controller_.diverge(pass, priors_, loss);
    const Matrix d_factors =
        pass.keeps() ? d_factors_.matrix(pass.T() * pass.R(), spec_.lfads.fac_dim) : Matrix();
    readout_.run(call, places, pass.ready, factors_.after_steps(), d_factors, loss);
    if (call.outputs) keep(pass, *call.outputs);
    if (pass.keeps()) back(pass, d_factors);
    return loss;
  }

 private:
  bool controlled() const { return spec_.lfads.has_controller(); }

  void bind(const Parameters& p) {
    generator_.bind(p), readout_.bind(p);
    if (spec_.lfads.readin_dim > 0) readin_ = p["readin.weight"];
    factors_.bind(p["decoder.rnn.cell.fac_linear.weight"]);
    if (!spec_.lfads.variational) return;
    priors_ = {p["ic_prior.mean"], p["ic_prior.logvar"], {}, {}};
    if (!controlled()) return;
    const bool student = spec_.lfads.co_prior == CoPrior::student_t;
    priors_.co_first = p[student ? "co_prior.loc" : "co_prior.logtaus"];
    priors_.co_second = p[student ? "co_prior.logscale" : "co_prior.lognvars"];
  }

  void encode(const LfadsPass& pass, const Parameters& parameters) {
    const Matrix all = spec_.lfads.readin_dim > 0 ? read_in(pass) : pass.ready.encod;
    pass.drop(NoiseKind::encoded, 0, all, pass.masks(encoded_masks_, all.rows, all.columns), room_);
    const int own = spec_.lfads.ic_enc_seq_len * pass.R();
    initial_.encode(pass, parameters, own > 0 ? all.slice(0, own) : all);
    if (controlled()) controller_.encode(pass, parameters, all.slice(own, all.rows - own));
  }

  Matrix read_in(const LfadsPass& pass) {
    const Matrix all = read_in_.matrix(pass.ready.encod.rows, spec_.lfads.readin_dim);
    math::multiply(pass.ready.encod, Form::plain, readin_.value, Form::transposed, all);
    return all;
  }

  // The generator's initial state, its supplied inputs behind room for inferred ones, and that for factors.
  void start(const LfadsPass& pass, Loss& loss) {
    generator_.begin(pass.T(), pass.R(), pass.keeps());
    initial_.start(pass, priors_, generator_.initial(), loss);
    const int m = controlled() ? spec_.lfads.co_dim : 0, U = spec_.extents.U;
    gen_in_ = gen_in_buffer_.matrix(pass.T() * pass.R(), m + U);
    for (int row = 0; row < gen_in_.rows; ++row)
      std::copy_n(pass.ready.inputs.row(spec_.first_step() * pass.R() + row), U, gen_in_.row(row) + m);
    if (U > 0 && pass.drops()) drop_inputs(pass, m, U);
    factors_.begin(pass);
  }

  void drop_inputs(const LfadsPass& pass, int m, int U) {
    const int R = pass.R();
    const Matrix one = input_masks_.matrix(R, U);
    for (int t = 0; t < pass.T(); ++t) {
      fill_masks(pass.call.pass, NoiseKind::external, t, spec_.dropout, pass.places, one, room_);
      for (int i = 0; i < R; ++i)
        kernels::multiply(static_cast<std::size_t>(U), one.row(i), gen_in_.row(t * R + i) + m);
    }
  }

  void decode(const LfadsPass& pass) {
    generator_.run(gen_in_);
    const int length = chunk_steps(pass.R());
    for (int begin = 0; begin < pass.T(); begin += length)
      factors_.make(pass, generator_, begin + 1, std::min(length, pass.T() - begin));
  }

  void decode_controlled(const LfadsPass& pass) {
    controller_.begin(pass);
    factors_.make(pass, generator_, 0, 1);
    for (int t = 0; t < pass.T(); ++t) {
      const Matrix in = gen_in_.slice(t * pass.R(), pass.R());
      controller_.step(pass, t, factors_.slot(t), in);
      generator_.step(t, in);
      factors_.make(pass, generator_, t + 1, 1);
    }
  }

  void back(const LfadsPass& pass, Matrix d_factors) {
    const int R = pass.R();
    const Matrix d_g0 = controlled() ? back_controlled(pass, d_factors)
                                     : generator_.run_back(gen_in_, [&](int begin, int end, Matrix dg) {
                                         factors_.back(pass, d_factors.slice(begin * R, (end - begin) * R),
                                                       begin + 1, end - begin, dg);
                                       });
    factors_.end_back();
    initial_.back(pass, d_g0);
    if (controlled()) controller_.end_back(pass);
  }

  Matrix back_controlled(const LfadsPass& pass, Matrix d_factors) {
    const int R = pass.R(), length = chunk_steps(R);
    const Matrix dg = d_gen_.matrix(R, spec_.lfads.gen_dim);
    Matrix d_in = d_gen_in_.matrix(R, gen_in_.columns);
    generator_.begin_back(), controller_.begin_back();
    for (int t = pass.T() - 1; t >= 0; --t) {
      const Matrix d_factor = d_factors.slice(t * R, R);
      if (t + 1 < pass.T()) controller_.add_to_factors(pass, t + 1, d_factor);
      factors_.back(pass, d_factor, t + 1, 1, dg);
      kernels::add(dg.size(), generator_.carry().data, dg.data);
      generator_.step_back(t, dg, &d_in);
      controller_.step_back(pass, t, d_in);
      if (t % length == 0) generator_.accumulate(t, std::min(t + length, pass.T()), gen_in_);
    }
    const Matrix first = first_factors_.zeros(R, spec_.lfads.fac_dim);
    controller_.add_to_factors(pass, 0, first);
    factors_.back(pass, first, 0, 1, dg);
    kernels::add(dg.size(), dg.data, generator_.carry().data);
    return generator_.carry();
  }

  void keep(const LfadsPass& pass, Outputs& out) {
    const int T = pass.T();
    keep_steps(out.latents, pass.places, T, generator_.states(), 0, spec_.lfads.gen_dim);
    keep_steps(out.factors, pass.places, T, factors_.after_steps(), 0, spec_.lfads.fac_dim);
    keep_steps(out.generator_inputs, pass.places, T, gen_in_, 0, gen_in_.columns);
    initial_.keep(pass, out);
    if (controlled()) controller_.keep(pass, out);
  }

  ModelSpec spec_;
  const Layout& layout_;
  Preparation preparation_;
  PoissonReadout readout_;
  LfadsInitial initial_;
  LfadsController controller_;
  Recurrence generator_;
  LfadsFactors factors_;
  Priors priors_;
  Weight readin_;
  Matrix gen_in_;
  Buffer read_in_, encoded_masks_, gen_in_buffer_, input_masks_, room_, d_factors_, d_gen_, d_gen_in_,
      first_factors_;
};

}  // namespace

std::unique_ptr<NativeBlock> make_lfads_block(const Config& config, const ModelSpec& spec,
                                              const Layout& layout) {
  return std::make_unique<NativeLfads>(config, spec, layout);
}

}  // namespace tsd::ctd_data
