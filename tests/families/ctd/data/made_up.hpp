// The trials and parameters of scripts/reference/oracles/ctd/auto_encoders.py.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "families/ctd/data/model/backend.hpp"

namespace tsd::ctd_data::test {

constexpr int kB = 3, kT = 7, kIn = 4, kAll = 6, kU = 2;

inline std::vector<float> columns(const std::vector<float>& all, int width, int count) {
  std::vector<float> some;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (static_cast<int>(k) % width < count) some.push_back(all[k]);
  return some;
}

// forward: last steps that no encoder sees.
inline Trials made_up_trials(double shift = 0, int forward = 0) {
  Trials t;
  t.n = kB;
  for (int k = 0; k < kB * kT * kAll; ++k)
    t.recon.push_back(static_cast<float>(std::floor(1.6 + 1.6 * std::sin(2.3 * k)) + shift));
  t.encod = columns(columns(t.recon, kT * kAll, (kT - forward) * kAll), kAll, kIn);
  for (int k = 0; k < kB * kT * kU; ++k) t.inputs.push_back(static_cast<float>(std::cos(0.7 * k)));
  t.lengths = {7, 4, 5};
  return t;
}

inline std::vector<float> made_up_parameters(const Layout& layout) {
  std::vector<float> all(layout.size());
  for (const nn::Slot& slot : layout.slots()) {
    double phase = 0;
    for (const char c : slot.name) phase += 0.01 * c;
    for (std::size_t k = 0; k < slot.size(); ++k) {
      const double value = 0.4 * std::sin(1.7 * (static_cast<double>(k) + 1) + phase);
      all[slot.offset + k] = static_cast<float>(slot.name == "recon.scale" ? std::fabs(value) + 0.5 : value);
    }
  }
  return all;
}

inline Config small_sae(CellType cell, Readout readout = Readout::linear) {
  Config c;
  c.model.dropout = 0.2;
  c.model.sae.cell = cell, c.model.sae.readout = readout;
  c.model.sae.latent_size = 5, c.model.sae.encoder_size = 3;
  c.model.sae.vf_hidden_size = 4, c.model.sae.vf_num_layers = 2;
  c.model.sae.readout_hidden_size = 4, c.model.sae.readout_num_layers = 1;
  c.model.sae.flow_num_steps = 3, c.model.sae.inv_encoder = readout == Readout::flow;
  c.model.extents = {kT, kIn, kAll, kU};
  return c;
}

inline Config small_lfads(bool controller, CoPrior prior = CoPrior::autoregressive,
                          Likelihood likelihood = Likelihood::poisson) {
  Config c;
  c.model.family = ModelFamily::lfads;
  c.model.dropout = 0.2;
  LfadsSpec& m = c.model.lfads;
  m.ic_enc_dim = 3, m.ic_dim = 2, m.gen_dim = 4, m.fac_dim = 3;
  if (controller) m.ci_enc_dim = 2, m.con_dim = 3, m.co_dim = 2;
  m.cell_clip = 0.6, m.ic_post_var_min = 1e-2;
  m.co_prior = prior, m.likelihood = likelihood, m.gamma_loc = 0.1;
  c.augment.cd_rate = 0.3, c.augment.cd_pass_rate = 0.25;
  c.model.extents = {kT, kIn, kAll, kU};
  return c;
}

}  // namespace tsd::ctd_data::test
