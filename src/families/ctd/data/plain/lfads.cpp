#include <numbers>

#include "families/ctd/data/plain/model.hpp"

namespace tsd::ctd_data {

using torch::Tensor;

namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

Tensor normal_log_density(const Tensor& x, const Tensor& mean, const Tensor& log_variance) {
  return -0.5 * ((x - mean).square() * torch::exp(-log_variance) + log_variance + kLogTwoPi);
}

Tensor student_log_density(const Tensor& x, const Tensor& loc, const Tensor& scale, double df) {
  const double constant =
      std::lgamma((df + 1) / 2) - std::lgamma(df / 2) - 0.5 * std::log(df * std::numbers::pi);
  return constant - torch::log(scale) - 0.5 * (df + 1) * torch::log1p(((x - loc) / scale).square() / df);
}

class Lfads {
 public:
  Lfads(const ModelSpec& spec, const TorchParameters& p, const TorchInput& input, const Pass& pass)
      : spec_(spec), s_(spec.lfads), p_(p), input_(input), pass_(pass), B_(input.encod.size(1)) {}

  TorchCourse run() {
    encode();
    decode();
    course_.kl_ic = s_.variational ? ic_divergence() : zero();
    course_.kl_co = s_.variational && s_.has_controller() ? co_divergence() : zero();
    return course_;
  }

 private:
  Tensor zero() const { return torch::zeros({}, input_.encod.options()); }

  Tensor dropped(const Tensor& x, NoiseKind kind, std::int64_t step) const {
    return x * noise_masks(pass_, kind, step, B_, static_cast<int>(x.size(1)), spec_.dropout, x);
  }

  // Standard numbers of the posterior's kind, [B, n].
  Tensor draw(NoiseKind kind, std::int64_t step, int n, bool student) const {
    Tensor all = torch::zeros({B_, Noise::padded(n)});
    for (std::int64_t b = 0; b < B_; ++b) {
      float* out = all.data_ptr<float>() + b * all.size(1);
      if (student)
        pass_.noise.student_t(kind, b, step, n, s_.co_prior_df, out);
      else
        pass_.noise.normal(kind, b, step, n, out);
    }
    return all.narrow(1, 0, n).to(input_.encod.options());
  }
  bool student() const { return s_.variational && s_.co_prior == CoPrior::student_t; }

  Tensor cell(const std::string& name, const Tensor& x, const Tensor& h) const {
    const std::int64_t H = h.size(1);
    const Tensor& W = p_.at(name + ".weight_hh");
    const Tensor& b = p_.at(name + ".bias_hh");
    const auto of_x = torch::linear(x, p_.at(name + ".weight_ih"), p_.at(name + ".bias_ih")).chunk(3, 1);
    const auto of_h = torch::linear(h, W.narrow(0, 0, 2 * H), b.narrow(0, 0, 2 * H)).chunk(2, 1);
    const Tensor z = torch::sigmoid(of_x[0] + of_h[0]), r = torch::sigmoid(of_x[1] + of_h[1]);
    const Tensor n =
        torch::tanh(of_x[2] + torch::linear(r * h, W.narrow(0, 2 * H, H), b.narrow(0, 2 * H, H)));
    return torch::clamp(z * h + (1 - z) * n, -s_.cell_clip, s_.cell_clip);
  }

  // States of both directions at each step, as read in time.
  std::pair<std::vector<Tensor>, std::vector<Tensor>> both_ways(const std::string& name,
                                                                const std::vector<Tensor>& x) const {
    const Tensor h0 = p_.at("encoder." + name + "_h0");
    std::vector<Tensor> forward(x.size()), backward(x.size());
    Tensor h = h0[0].expand({B_, -1});
    for (std::size_t t = 0; t < x.size(); ++t)
      forward[t] = h = cell("encoder." + name + ".fwd_gru.cell", x[t], h);
    h = h0[1].expand({B_, -1});
    for (std::size_t t = x.size(); t-- > 0;)
      backward[t] = h = cell("encoder." + name + ".bwd_gru.cell", x[t], h);
    return {forward, backward};
  }

  Tensor read_in(const Tensor& x) const {
    return s_.readin_dim > 0 ? torch::linear(x, p_.at("readin.weight")) : x;
  }

  void encode() {
    std::vector<Tensor> data;
    for (std::int64_t t = 0; t < spec_.extents.encoded(); ++t)
      data.push_back(dropped(read_in(input_.encod[t]), NoiseKind::encoded, t));
    const auto own = data.begin() + s_.ic_enc_seq_len;
    const auto [forward, backward] =
        both_ways("ic_enc", s_.ic_enc_seq_len > 0 ? std::vector<Tensor>(data.begin(), own) : data);
    const Tensor e = dropped(torch::cat({forward.back(), backward.front()}, 1), NoiseKind::encoding, 0);
    const auto code = linear_of(p_, "encoder.ic_linear", e).chunk(2, 1);
    course_.ic_mean = code[0];
    course_.ic_std = torch::sqrt(torch::exp(code[1]) + s_.ic_post_var_min);
    if (!s_.has_controller()) return;
    const auto [f, b] = both_ways("ci_enc", {own, data.end()});
    const Tensor none = torch::zeros_like(f[0]);
    const auto T = static_cast<std::int64_t>(f.size());
    const auto at = [&](const std::vector<Tensor>& all, std::int64_t t) {
      return t < 0 || t >= T ? none : all[static_cast<std::size_t>(t)];
    };
    for (std::int64_t t = 0; t < T; ++t)
      ci_.push_back(torch::cat({at(f, t - s_.ci_lag), at(b, t + s_.ci_lag)}, 1));
    ci_.resize(static_cast<std::size_t>(spec_.steps()), torch::cat({none, none}, 1));
  }

  Tensor factors_of(const Tensor& gen, std::int64_t step) const {
    const Tensor& W = p_.at("decoder.rnn.cell.fac_linear.weight");
    const Tensor rows = W / W.norm(2, {1}, true).clamp_min(1e-12);
    return torch::linear(dropped(gen, NoiseKind::generator, step), rows);
  }

  void decode() {
    const bool samples = pass_.sample && s_.variational;
    Tensor ic = course_.ic_mean;
    if (samples) ic = ic + course_.ic_std * draw(NoiseKind::ic_sample, 0, s_.ic_dim, false);
    Tensor gen = linear_of(p_, "decoder.ic_to_g0", ic);
    Tensor con, factors;
    if (s_.has_controller()) con = p_.at("decoder.con_h0").expand({B_, -1}), factors = factors_of(gen, 0);
    std::vector<Tensor> latents, all_factors, inputs, means, stds;
    for (std::int64_t t = 0; t < spec_.steps(); ++t) {
      Tensor u = dropped(input_.inputs[t + s_.ic_enc_seq_len], NoiseKind::external, t);
      if (s_.has_controller()) {
        const Tensor seen = torch::cat({ci_[static_cast<std::size_t>(t)], factors}, 1);
        con = cell("decoder.rnn.cell.con_cell", dropped(seen, NoiseKind::controller, t), con);
        const auto code = linear_of(p_, "decoder.rnn.cell.co_linear", con).chunk(2, 1);
        means.push_back(code[0]);
        stds.push_back(torch::exp(0.5 * code[1]));
        Tensor co = means.back();
        if (samples) co = co + stds.back() * draw(NoiseKind::co_sample, t, s_.co_dim, student());
        u = torch::cat({co, u}, 1);
      }
      gen = cell("decoder.rnn.cell.gen_cell", u, gen);
      factors = factors_of(gen, t + 1);
      latents.push_back(gen), all_factors.push_back(factors), inputs.push_back(u);
    }
    course_.latents = torch::stack(latents), course_.factors = torch::stack(all_factors);
    course_.generator_inputs = torch::stack(inputs);
    if (s_.has_controller()) course_.co_mean = torch::stack(means), course_.co_std = torch::stack(stds);
    course_.outputs = linear_of(p_, "readout", course_.factors);
  }

  Tensor ic_divergence() const {
    const Tensor &mean = p_.at("ic_prior.mean"), &log_variance = p_.at("ic_prior.logvar");
    const Tensor variance = course_.ic_std.square();
    const Tensor all = 0.5 * (log_variance - torch::log(variance)) +
                       (variance + (course_.ic_mean - mean).square()) / (2 * torch::exp(log_variance)) - 0.5;
    return all.sum(1).mean();
  }

  // log q - log p of one new sample.
  Tensor co_divergence() const {
    std::vector<Tensor> numbers;
    for (std::int64_t t = 0; t < spec_.steps(); ++t)
      numbers.push_back(draw(NoiseKind::co_prior_sample, t, s_.co_dim, student()));
    const Tensor s = course_.co_mean + course_.co_std * torch::stack(numbers);
    if (student()) {
      const Tensor q = student_log_density(s, course_.co_mean, course_.co_std, s_.co_prior_df);
      const Tensor p = student_log_density(s, p_.at("co_prior.loc"), torch::exp(p_.at("co_prior.logscale")),
                                           s_.co_prior_df);
      return (q - p).sum(2).mean();
    }
    const Tensor q = normal_log_density(s, course_.co_mean, 2 * torch::log(course_.co_std));
    const Tensor alpha = torch::exp(-torch::exp(-p_.at("co_prior.logtaus"))),
                 log_noise = p_.at("co_prior.lognvars");
    const Tensor stationary = log_noise - torch::log(1 - alpha.square());
    const Tensor first = normal_log_density(s.narrow(0, 0, 1), torch::zeros_like(alpha), stationary);
    Tensor kl = (q.sum(0) - first.sum(0));
    if (spec_.steps() > 1) {
      const Tensor before = s.narrow(0, 0, s.size(0) - 1), after = s.narrow(0, 1, s.size(0) - 1);
      kl = kl - normal_log_density(after, alpha * before, log_noise).sum(0);
    }
    return kl.sum(1).mean();
  }

  const ModelSpec& spec_;
  const LfadsSpec& s_;
  const TorchParameters& p_;
  const TorchInput& input_;
  const Pass& pass_;
  std::int64_t B_;
  std::vector<Tensor> ci_;
  TorchCourse course_;
};

}  // namespace

TorchCourse run_lfads(const ModelSpec& spec, const TorchParameters& p, const TorchInput& input,
                      const Pass& pass) {
  return Lfads(spec, p, input, pass).run();
}

}  // namespace tsd::ctd_data
