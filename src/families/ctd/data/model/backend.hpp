// A model that runs through trials, behind a line: plain LibTorch (any device, the oracle) or kernels on
// plain memory.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/ctd/data/data/batch.hpp"

namespace tsd::ctd_data {

// How the terms of a loss add up at present.
struct Objective {
  double recon = 1, kl_ic = 0, kl_co = 0;
};

// Unweighted terms: reconstruction (mean over elements, or sum over steps and neurons and mean over trials),
// KL divergences (means over trials), and the reconstruction of samples hidden for validation.
struct Loss {
  double recon = 0, kl_ic = 0, kl_co = 0, held_out = 0;

  double total(const Objective& o) const { return o.recon * recon + o.kl_ic * kl_ic + o.kl_co * kl_co; }
};

// What a pass leaves, [trial, T, width] each, and [trial, ic_dim].
struct Outputs {
  std::vector<float> rates, latents;
  std::vector<float> log_rates;                 // Poisson only
  std::vector<float> inferred_inputs, co_std;   // LFADS with controller
  std::vector<float> generator_inputs;          // LFADS: inferred inputs, then external ones
  std::vector<float> factors, ic_mean, ic_std;  // LFADS
};

class Backend {
 public:
  virtual ~Backend() = default;
  // Without gradient; fills `outputs` where there is one.
  virtual Loss run(std::span<const float> parameters, const Batch& batch, const Pass& pass,
                   Outputs* outputs) = 0;
  // And the gradient of the objective; 0 for frozen parameters.
  virtual Loss gradient(std::span<const float> parameters, const Batch& batch, const Pass& pass,
                        const Objective& objective, std::span<float> gradient) = 0;
};

std::unique_ptr<Backend> torch_backend(const Config& config, const ModelSpec& spec,
                                       const std::string& device);
// threads: of one call; they don't change a bit.
std::unique_ptr<Backend> native_backend(const Config& config, const ModelSpec& spec, int threads);
bool has_native(const ModelSpec& spec);

// Of one element of the reconstruction: 1 / elements, or 1 / trials.
double recon_scale(const Config& config, const ModelSpec& spec, std::int64_t batch_size);
// Poisson's y-dependent constant, in Stirling's approximation for y > 1.
double stirling(double y);

}  // namespace tsd::ctd_data
