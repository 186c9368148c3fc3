#include "families/ctd/data/model/backend.hpp"

#include <cmath>
#include <numbers>

namespace tsd::ctd_data {

double recon_scale(const Config& config, const ModelSpec& spec, std::int64_t batch_size) {
  const auto B = static_cast<double>(batch_size);
  const bool mean = !spec.is_lfads() || config.train.recon_reduce_mean;
  return mean ? 1 / (B * spec.steps() * spec.extents.N_all) : 1 / B;
}

double stirling(double y) {
  return y > 1 ? y * std::log(y) - y + 0.5 * std::log(2 * std::numbers::pi * y) : 0;
}

bool has_native(const ModelSpec& spec) {
  return spec.is_lfads() ? spec.lfads.likelihood == Likelihood::poisson : spec.sae.readout == Readout::linear;
}

}  // namespace tsd::ctd_data
