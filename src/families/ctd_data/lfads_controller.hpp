// The controller: from its encoder and the last factors to inferred inputs, samples of them, and how far
// these are from their prior (ctd_data.md 3.2).
#pragma once
#include "families/ctd_data/divergence.hpp"
#include "families/ctd_data/lfads_encoder.hpp"
#include "families/ctd_data/lfads_pass.hpp"

namespace tsd::ctd_data {

class LfadsController {
 public:
  explicit LfadsController(const LfadsSpec& spec);

  void encode(const LfadsPass& pass, const Parameters& parameters, Matrix data);
  void begin(const LfadsPass& pass);
  // Step t, after factors [R, fac_dim]: inferred inputs into the first columns of `to`.
  void step(const LfadsPass& pass, int t, Matrix factors, Matrix to);
  // Adds to the loss, once all steps are done.
  void diverge(const LfadsPass& pass, const Priors& priors, Loss& loss);

  void begin_back();
  // d_inputs: gradient of the generator's input. Steps come in falling order.
  void step_back(const LfadsPass& pass, int t, Matrix d_inputs);
  // Adds the gradient that step t sends to the factors that it saw.
  void add_to_factors(const LfadsPass& pass, int t, Matrix d_factors) const;
  void end_back(const LfadsPass& pass);

  void keep(const LfadsPass& pass, Outputs& outputs);

 private:
  float std_of(const LfadsPass& pass, int row, int k) const;
  void draw(const LfadsPass& pass, NoiseKind kind, int t, int i, float* numbers) const;
  void copy_lagged(const LfadsPass& pass, bool forward, int t, int i, float* to) const;
  void encoder_back(const LfadsPass& pass);

  LfadsEncoder encoder_;
  Recurrence cell_;
  Weight h0_, to_code_, to_code_bias_;
  Matrix data_, in_, in_masks_, code_, d_code_, numbers_, d_in_;
  Buffer in_buffer_, masks_buffer_, code_buffer_, d_code_buffer_, numbers_buffer_, prior_numbers_,
      d_in_buffer_, d_con_, room_, sums_;
};

}  // namespace tsd::ctd_data
