// The generator's initial state: the trial's code, its sample, and how far it is from the prior
// (ctd_data.md 3.2).
#pragma once
#include "families/ctd_data/divergence.hpp"
#include "families/ctd_data/lfads_encoder.hpp"
#include "families/ctd_data/lfads_pass.hpp"

namespace tsd::ctd_data {

class LfadsInitial {
 public:
  explicit LfadsInitial(const LfadsSpec& spec) : encoder_("ic_enc", spec.ic_enc_dim, spec.cell_clip) {}

  // Codes of the encoder's part of the data.
  void encode(const LfadsPass& pass, const Parameters& parameters, Matrix data);
  // Into the initial state g0 [R, gen_dim]; adds to the loss.
  void start(const LfadsPass& pass, const Priors& priors, Matrix g0, Loss& loss);
  void back(const LfadsPass& pass, Matrix d_g0);
  void keep(const LfadsPass& pass, Outputs& outputs);

 private:
  double std_of(const LfadsPass& pass, int i, int k) const;

  LfadsEncoder encoder_;
  Weight to_code_, to_code_bias_, to_g0_, to_g0_bias_;
  Matrix data_, encoding_, encoding_masks_, code_, d_code_, ic_, numbers_;
  Buffer encoding_buffer_, masks_buffer_, code_buffer_, d_code_buffer_, ic_buffer_, numbers_buffer_, room_,
      sums_, d_ic_, d_encoding_;
};

}  // namespace tsd::ctd_data
