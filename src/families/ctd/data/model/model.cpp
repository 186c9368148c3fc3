#include "families/ctd/data/model/model.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/engine/rng/torch_generator.hpp"

namespace tsd::ctd_data {

int LfadsSpec::outputs_per_neuron() const {
  switch (likelihood) {
    case Likelihood::poisson:
    case Likelihood::mse:
      return 1;
    case Likelihood::gaussian:
    case Likelihood::gamma:
      return 2;
    case Likelihood::zero_inflated_gamma:
      return 3;
  }
  return 1;
}

int ModelSpec::window() const {
  const int end = sae.encoder_window;
  return std::clamp(end > 0 ? end : extents.encoded() + end, 0, extents.encoded());
}

void Layout::add_linear(const std::string& name, std::int64_t in, std::int64_t out) {
  add(name + ".weight", {out, in});
  add(name + ".bias", {out});
}

Layout::Layout(const ModelSpec& spec) {
  if (spec.is_lfads())
    add_lfads(spec);
  else
    add_sae(spec), trainable_ = size();
}

namespace {

// Layer k is <prefix><2 k>: ReLUs are counted too.
template <class AddLinear>
void for_mlp(const std::string& prefix, std::int64_t in, std::int64_t hidden, int hidden_layers,
             std::int64_t out, const AddLinear& add_linear) {
  for (int k = 0; k <= hidden_layers; ++k)
    add_linear(prefix + std::to_string(2 * k), k == 0 ? in : hidden, k == hidden_layers ? out : hidden);
}

}  // namespace

void Layout::add_sae(const ModelSpec& spec) {
  const SaeSpec& s = spec.sae;
  const std::int64_t E = s.encoder_size, D = s.latent_size, U = spec.extents.U, N_in = spec.extents.N_in,
                     N_all = spec.extents.N_all;
  const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out) {
    add_linear(name, in, out);
  };
  for (const char* direction : {"", "_reverse"}) {
    add(std::string("encoder.weight_ih_l0") + direction, {3 * E, N_in});
    add(std::string("encoder.weight_hh_l0") + direction, {3 * E, E});
    add(std::string("encoder.bias_ih_l0") + direction, {3 * E});
    add(std::string("encoder.bias_hh_l0") + direction, {3 * E});
  }
  const auto readout = [&] {
    if (s.readout == Readout::linear)
      linear("readout", D, N_all);
    else if (s.readout == Readout::mlp)
      for_mlp("readout.", D, s.readout_hidden_size, s.readout_num_layers, N_all, linear);
    else
      for_mlp("readout.flow.", N_all, s.readout_hidden_size, s.readout_num_layers, N_all, linear);
  };
  const std::int64_t initial = s.readout == Readout::flow && s.inv_encoder ? N_all : D;
  if (s.cell == CellType::node) {
    linear("ic_linear", 2 * E, initial);
    for_mlp("decoder.cell.vf_net.", D + U, s.vf_hidden_size, s.vf_num_layers, D, linear);
    readout();
    return;
  }
  readout();
  linear("ic_linear", 2 * E, initial);
  const std::int64_t rows = s.cell == CellType::gru ? 3 * D : D;
  add("decoder.cell.weight_ih", {rows, U});
  add("decoder.cell.weight_hh", {rows, D});
  add("decoder.cell.bias_ih", {rows});
  add("decoder.cell.bias_hh", {rows});
}

void Layout::add_lfads(const ModelSpec& spec) {
  const LfadsSpec& s = spec.lfads;
  const std::int64_t N_in = spec.encoder_inputs(), N_all = spec.extents.N_all, U = spec.extents.U;
  const std::int64_t ic_enc = s.ic_enc_dim, ci_enc = s.ci_enc_dim, ic = s.ic_dim, gen = s.gen_dim,
                     fac = s.fac_dim;
  const std::int64_t con = s.has_controller() ? s.con_dim : 0, co = s.has_controller() ? s.co_dim : 0;
  std::vector<std::pair<std::string, Shape>> frozen;
  const auto cell = [&](const std::string& name, std::int64_t in, std::int64_t hidden) {
    add(name + ".weight_ih", {3 * hidden, in});
    add(name + ".weight_hh", {3 * hidden, hidden});
    add(name + ".bias_ih", {3 * hidden});
    frozen.push_back({name + ".bias_hh", {3 * hidden}});
  };
  const auto encoder = [&](const std::string& name, std::int64_t hidden) {
    add("encoder." + name + "_h0", {2, 1, hidden});
    for (const char* direction : {"fwd", "bwd"})
      cell("encoder." + name + "." + direction + "_gru.cell", N_in, hidden);
  };
  encoder("ic_enc", ic_enc);
  add_linear("encoder.ic_linear", 2 * ic_enc, 2 * ic);
  if (s.has_controller()) encoder("ci_enc", ci_enc);
  add_linear("decoder.ic_to_g0", ic, gen);
  add("decoder.con_h0", {1, con});  // of no elements without a controller, as in the reference
  if (s.has_controller()) {
    cell("decoder.rnn.cell.con_cell", 2 * ci_enc + fac, con);
    add_linear("decoder.rnn.cell.co_linear", con, 2 * co);
  }
  cell("decoder.rnn.cell.gen_cell", co + U, gen);
  add("decoder.rnn.cell.fac_linear.weight", {fac, gen});
  add_linear("readout", fac, N_all * s.outputs_per_neuron());
  if (s.variational) {
    add("ic_prior.mean", {ic});
    frozen.push_back({"ic_prior.logvar", {ic}});
    const bool ar = s.co_prior == CoPrior::autoregressive;
    add(ar ? "co_prior.logtaus" : "co_prior.loc", {co});
    add(ar ? "co_prior.lognvars" : "co_prior.logscale", {co});
  }
  if (s.likelihood == Likelihood::zero_inflated_gamma) add("recon.scale", {2, N_all});
  if (s.readin_dim > 0) frozen.push_back({"readin.weight", {s.readin_dim, spec.extents.N_in}});
  trainable_ = size();
  for (auto& [name, shape] : frozen) add(name, shape);
}

namespace {

class Initial {
 public:
  Initial(const ModelSpec& spec, const Layout& layout, std::uint64_t seed)
      : spec_(spec), layout_(layout), generator_(seed), all_(layout.size()) {}

  std::vector<float> sae() {
    const double recurrent = 1 / std::sqrt(static_cast<double>(spec_.sae.latent_size)),
                 encoder = 1 / std::sqrt(static_cast<double>(spec_.sae.encoder_size));
    double bound = 0;
    for (const Slot& slot : layout_.slots()) {
      if (slot.name.starts_with("encoder."))
        bound = encoder;
      else if (slot.name.starts_with("decoder.cell.") && !slot.name.starts_with("decoder.cell.vf_net"))
        bound = recurrent;
      else if (slot.name.ends_with(".weight"))
        bound = 1 / std::sqrt(static_cast<double>(slot.shape[1]));
      generator_.uniform(values(slot), -bound, bound);
    }
    return std::move(all_);
  }

  std::vector<float> lfads() {
    const LfadsSpec& s = spec_.lfads;
    for (const Slot& slot : layout_.slots()) {
      const bool recurrent = slot.name.ends_with("weight_hh"), input = slot.name.ends_with("weight_ih");
      if (input || recurrent) {
        const std::int64_t hidden = slot.shape[0] / 3;  // of three gates
        const auto in = static_cast<double>(slot.shape[1]);
        const double fan = !slot.name.starts_with("encoder.") ? in
                           : recurrent                        ? in + spec_.encoder_inputs()
                                                              : in + static_cast<double>(hidden);
        generator_.normal(values(slot), 0, 1 / std::sqrt(fan));
      } else if (slot.name.ends_with(".weight")) {
        generator_.normal(values(slot), 0, 1 / std::sqrt(static_cast<double>(slot.shape[1])));
      } else if (slot.name.ends_with("bias_ih")) {  // of update and reset gates
        const auto gates = values(slot);
        std::fill_n(gates.begin(), 2 * gates.size() / 3, 1.0f);
      }
    }
    fill("ic_prior.mean", s.ic_prior_mean);
    fill("ic_prior.logvar", std::log(s.ic_prior_variance));
    fill("co_prior.logtaus", std::log(s.co_prior_tau));
    fill("co_prior.lognvars", std::log(s.co_prior_nvar));
    fill("co_prior.loc", s.loc_fix ? s.co_prior_loc : s.co_prior_scale);  // the reference's slip
    fill("co_prior.logscale", std::log(s.co_prior_scale));
    fill("recon.scale", s.scale_init);
    return std::move(all_);
  }

 private:
  using Slot = nn::Slot;
  std::span<float> values(const Slot& slot) { return std::span(all_).subspan(slot.offset, slot.size()); }
  void fill(const char* name, double value) {
    if (layout_.has(name)) std::ranges::fill(values(layout_[name]), static_cast<float>(value));
  }

  const ModelSpec& spec_;
  const Layout& layout_;
  TorchGenerator generator_;
  std::vector<float> all_;
};

}  // namespace

namespace {

// Names of the decoder's parameters in files from before they were those of the reference.
std::string former_name(std::string name) {
  constexpr std::string_view kCell = ".rnn.cell";
  if (const auto at = name.find(kCell); at != std::string::npos) name.erase(at, kCell.size());
  return name;
}

}  // namespace

std::vector<float> parameters_from(const Layout& layout, Arrays arrays, const std::string& source) {
  for (const nn::Slot& slot : layout.slots()) {
    const auto has = [&](const std::string& name) { return std::ranges::find(arrays, name, &Array::name); };
    if (has(slot.name) != arrays.end()) continue;
    if (const auto former = has(former_name(slot.name)); former != arrays.end())
      former->name = slot.name;
    else if (slot.size() == 0)
      arrays.push_back(make_array<float>(slot.name, {}, slot.shape));
  }
  return nn::from_arrays(layout, arrays, source);
}

std::vector<float> initial_parameters(const ModelSpec& spec, const Layout& layout, std::uint64_t seed) {
  Initial initial(spec, layout, seed);
  return spec.is_lfads() ? initial.lfads() : initial.sae();
}

}  // namespace tsd::ctd_data
