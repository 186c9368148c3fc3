// The data-trained models (ctd_data.md 3) and their parameters: one flat array, cut into named
// tensors.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tsd/nn/layout.hpp"

namespace tsd::ctd_data {

enum class ModelFamily { sae, lfads };
enum class CellType { gru, vanilla, node, lds };
enum class Readout { linear, mlp, flow };
enum class CoPrior { autoregressive, student_t };
enum class Readin { random, recorded };
enum class Likelihood { poisson, mse, gaussian, gamma, zero_inflated_gamma };

// What the recording says.
struct Extents {
  int T = 0, N_in = 0, N_all = 0, U = 0;
  int forward = 0;  // last steps of a trial, which no encoder sees

  int encoded() const { return T - forward; }  // steps that the encoders see
};

// Sequential auto-encoder (3.1).
struct SaeSpec {
  CellType cell = CellType::gru;
  int latent_size = 64, encoder_size = 100, encoder_window = -1;
  int vf_hidden_size = 128, vf_num_layers = 6;  // of NODE: width and number of hidden layers
  Readout readout = Readout::linear;
  int readout_hidden_size = 128, readout_num_layers = 2;  // of MLP and flow
  int flow_num_steps = 20;
  bool inv_encoder = false;  // of a flow: its inverse gives the initial state
};

// LFADS (3.2), in the names of its reference.
struct LfadsSpec {
  int ic_enc_seq_len = 0, ic_enc_dim = 128, ic_dim = 128;
  int ci_enc_dim = 0, ci_lag = 1, con_dim = 0, co_dim = 0;
  int gen_dim = 128, fac_dim = 128;
  int readin_dim = 0;  // 0: encoders see neurons
  Readin readin = Readin::random;
  bool log_bias = true;  // of a recorded read-in
  double cell_clip = 5, ic_post_var_min = 1e-4;
  bool variational = true;
  double ic_prior_mean = 0, ic_prior_variance = 0.1;
  CoPrior co_prior = CoPrior::autoregressive;
  double co_prior_tau = 10, co_prior_nvar = 0.1;
  double co_prior_loc = 0, co_prior_scale = 1, co_prior_df = 3;
  bool loc_fix = false;
  Likelihood likelihood = Likelihood::poisson;
  double gamma_loc = 0, scale_init = 1, scale_prior = 1, scale_penalty = 0;  // zero-inflated gamma

  bool has_controller() const { return ci_enc_dim > 0 && con_dim > 0 && co_dim > 0; }
  int outputs_per_neuron() const;
};

struct ModelSpec {
  ModelFamily family = ModelFamily::sae;
  double dropout = 0.05;
  SaeSpec sae;
  LfadsSpec lfads;
  Extents extents;

  bool is_lfads() const { return family == ModelFamily::lfads; }
  int latents() const { return is_lfads() ? lfads.gen_dim : sae.latent_size; }
  int encoder_inputs() const { return is_lfads() && lfads.readin_dim > 0 ? lfads.readin_dim : extents.N_in; }
  int inferred_inputs() const { return is_lfads() && lfads.has_controller() ? lfads.co_dim : 0; }
  Likelihood likelihood() const { return is_lfads() ? lfads.likelihood : Likelihood::poisson; }
  // Steps that are reconstructed: those after the IC encoder's own.
  int first_step() const { return is_lfads() ? lfads.ic_enc_seq_len : 0; }
  int steps() const { return extents.T - first_step(); }
  int encoded_steps() const { return steps() - extents.forward; }  // of these
  // SAE: steps of the trial that the encoder sees, a Python slice's end; 0: all.
  int window() const;
};

class Layout : public nn::Layout {
 public:
  explicit Layout(const ModelSpec& spec);
  // Those that learn come first.
  std::size_t trainable() const { return trainable_; }

 private:
  void add_sae(const ModelSpec& spec);
  void add_lfads(const ModelSpec& spec);
  void add_linear(const std::string& name, std::int64_t in, std::int64_t out);

  std::size_t trainable_ = 0;
};

// From a file, in the names of the reference or in former ones; DataError as nn::from_arrays().
std::vector<float> parameters_from(const Layout& layout, Arrays arrays, const std::string& source);

// SAE: PyTorch's defaults in the reference's order, drawn from torch's generator; LFADS: 3.2, from the same.
std::vector<float> initial_parameters(const ModelSpec& spec, const Layout& layout, std::uint64_t seed);

}  // namespace tsd::ctd_data
