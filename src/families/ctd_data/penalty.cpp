#include "families/ctd_data/penalty.hpp"

#include <string_view>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

double weight_of(const TrainSettings& t, std::string_view name) {
  const bool recurrent = name.ends_with("weight_hh");
  if (name.starts_with("readout.")) return t.l2_readout_scale;
  if (!recurrent) return 0;
  if (name.starts_with("encoder.ic_enc.")) return t.l2_ic_enc_scale;
  if (name.starts_with("encoder.ci_enc.")) return t.l2_ci_enc_scale;
  if (name.starts_with("decoder.rnn.cell.con_cell.")) return t.l2_con_scale;
  if (name.starts_with("decoder.rnn.cell.gen_cell.")) return t.l2_gen_scale;
  return 0;
}

}  // namespace

double penalty(const Config& config, const Layout& layout, std::span<const float> parameters, double l2_ramp,
               double scale, float* gradient) {
  double sum = 0, elements = 1e-8;
  for (const nn::Slot& slot : layout.slots())
    if (weight_of(config.train, slot.name) > 0) elements += static_cast<double>(slot.size());
  for (const nn::Slot& slot : layout.slots()) {
    const double weight = l2_ramp * weight_of(config.train, slot.name) / elements;
    if (weight == 0) continue;
    sum += 0.5 * weight * kernels::sum_of_squares(slot.size(), &parameters[slot.offset]);
    for (std::size_t k = slot.offset; gradient && k < slot.offset + slot.size(); ++k)
      gradient[k] += static_cast<float>(scale * weight) * parameters[k];
  }
  const LfadsSpec& m = config.model.lfads;
  if (!layout.has("recon.scale") || m.scale_penalty == 0) return sum;
  const nn::Slot& factors = layout["recon.scale"];
  for (std::size_t k = factors.offset; k < factors.offset + factors.size(); ++k) {
    const double distance = parameters[k] - m.scale_prior;
    sum += 0.5 * m.scale_penalty * distance * distance;
    if (gradient) gradient[k] += static_cast<float>(scale * m.scale_penalty * distance);
  }
  return sum;
}

}  // namespace tsd::ctd_data
