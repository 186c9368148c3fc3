#include "families/ctd/data/plain/model.hpp"

namespace tsd::ctd_data {

using torch::Tensor;

Tensor noise_masks(const Pass& pass, NoiseKind kind, std::int64_t step, std::int64_t B, int n, double p,
                   const Tensor& like) {
  Tensor all = torch::ones({B, Noise::padded(n)});
  if (pass.drops() && p > 0)
    for (std::int64_t b = 0; b < B; ++b)
      pass.noise.dropout(kind, b, step, n, p, all.data_ptr<float>() + b * all.size(1));
  return all.narrow(1, 0, n).to(like.options());
}

Tensor linear_of(const TorchParameters& p, const std::string& name, const Tensor& x) {
  return torch::linear(x, p.at(name + ".weight"), p.at(name + ".bias"));
}

namespace {

Tensor mlp(const TorchParameters& p, const std::string& prefix, int hidden_layers, Tensor x) {
  for (int k = 0; k <= hidden_layers; ++k) {
    x = linear_of(p, prefix + std::to_string(2 * k), x);
    if (k < hidden_layers) x = torch::relu(x);
  }
  return x;
}

class Sae {
 public:
  Sae(const ModelSpec& spec, const TorchParameters& p) : spec_(spec), s_(spec.sae), p_(p) {}

  TorchCourse run(const TorchInput& input, const Pass& pass) const {
    Tensor h = initial_state(encode(input.encod, pass), pass);
    std::vector<Tensor> states;
    for (std::int64_t t = 0; t < spec_.extents.T; ++t) states.push_back(h = cell(input.inputs[t], h));
    TorchCourse course;
    course.latents = torch::stack(states);
    course.outputs = readout(course.latents);
    return course;
  }

 private:
  Tensor encode(const Tensor& encod, const Pass& pass) const {
    const std::int64_t B = encod.size(1), E = s_.encoder_size;
    std::vector<Tensor> weights;
    for (const char* direction : {"", "_reverse"})
      for (const char* part : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"})
        weights.push_back(p_.at(std::string("encoder.") + part + "_l0" + direction));
    const Tensor h0 = torch::zeros({2, B, E}, encod.options());
    const Tensor last = std::get<1>(
        torch::gru(encod.narrow(0, 0, spec_.window()), h0, weights, true, 1, 0.0, false, true, false));
    const Tensor e = torch::cat({last[0], last[1]}, 1);
    return e * noise_masks(pass, NoiseKind::encoding, 0, B, static_cast<int>(2 * E), spec_.dropout, e);
  }

  Tensor initial_state(const Tensor& e, const Pass& pass) const {
    Tensor h = linear_of(p_, "ic_linear", e);
    if (s_.inv_encoder) h = reversed_flow(h);
    if (s_.cell == CellType::node) return h;
    return h * noise_masks(pass, NoiseKind::initial, 0, h.size(0), s_.latent_size, spec_.dropout, h);
  }

  Tensor cell(const Tensor& u, const Tensor& h) const {
    if (s_.cell == CellType::node)
      return h + 0.1 * mlp(p_, "decoder.cell.vf_net.", s_.vf_num_layers, torch::cat({h, u}, 1));
    const Tensor &W_ih = p_.at("decoder.cell.weight_ih"), &W_hh = p_.at("decoder.cell.weight_hh"),
                 &b_ih = p_.at("decoder.cell.bias_ih"), &b_hh = p_.at("decoder.cell.bias_hh");
    if (s_.cell == CellType::gru) return torch::gru_cell(u, h, W_ih, W_hh, b_ih, b_hh);
    if (s_.cell == CellType::vanilla) return torch::rnn_tanh_cell(u, h, W_ih, W_hh, b_ih, b_hh);
    return torch::linear(u, W_ih, b_ih) + torch::linear(h, W_hh, b_hh);
  }

  Tensor flow_step(const Tensor& x) const { return 0.1 * mlp(p_, "readout.flow.", s_.readout_num_layers, x); }

  Tensor readout(const Tensor& latents) const {
    if (s_.readout == Readout::linear) return linear_of(p_, "readout", latents);
    if (s_.readout == Readout::mlp) return mlp(p_, "readout.", s_.readout_num_layers, latents);
    Tensor x = torch::constant_pad_nd(latents, {0, spec_.extents.N_all - s_.latent_size});
    for (int k = 0; k < s_.flow_num_steps; ++k) x = x + flow_step(x);
    return x;
  }

  Tensor reversed_flow(Tensor x) const {
    for (int k = 0; k < s_.flow_num_steps; ++k) x = x - flow_step(x);
    return x.narrow(1, 0, s_.latent_size);
  }

  const ModelSpec& spec_;
  const SaeSpec& s_;
  const TorchParameters& p_;
};

}  // namespace

TorchCourse run_sae(const ModelSpec& spec, const TorchParameters& p, const TorchInput& input,
                    const Pass& pass) {
  return Sae(spec, p).run(input, pass);
}

}  // namespace tsd::ctd_data
