#include "families/ctd/task/model/model.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::ctd_task {

Layout::Layout(const ModelSpec& spec) {
  const std::int64_t H = spec.H, I = spec.I, O = spec.O;
  if (spec.has_initial_state()) add("latent_ics", {H});
  if (spec.is_gru() || spec.type == ModelType::Vanilla_RNN) {
    const std::int64_t rows = spec.is_gru() ? 3 * H : H;
    add("cell.weight_ih", {rows, I});
    add("cell.weight_hh", {rows, H});
    add("cell.bias_ih", {rows});
    add("cell.bias_hh", {rows});
  } else if (spec.type == ModelType::DriscollRNN) {
    add("recW.weight", {H, H});
    add("inpW.weight", {H, I});
    add("bias", {H});
  } else {
    for (int k = 0; k < spec.num_layers; ++k) {
      const std::string layer = "generator.vf_net." + std::to_string(2 * k);  // ReLUs are counted too
      const std::int64_t in = k == 0 ? H + I : spec.hidden, out = k + 1 < spec.num_layers ? spec.hidden : H;
      add(layer + ".weight", {out, in});
      add(layer + ".bias", {out});
    }
  }
  add("readout.weight", {O, H});
  add("readout.bias", {O});
}

std::vector<float> initial_parameters(const ModelSpec& spec, const Layout& layout,
                                      TorchGenerator& generator) {
  std::vector<float> all(layout.size());
  double bound = 0;
  for (const Slot& slot : layout.slots()) {
    const auto values = std::span(all).subspan(slot.offset, slot.size());
    if (slot.name == "latent_ics" || slot.name == "bias") continue;
    if (slot.name.starts_with("cell."))
      bound = 1 / std::sqrt(static_cast<double>(spec.H));
    else if (slot.name.ends_with(".weight"))
      bound = 1 / std::sqrt(static_cast<double>(slot.shape[1]));
    generator.uniform(values, -bound, bound);
  }
  if (spec.type == ModelType::NODE) {  // its readout is drawn anew
    const Slot &weight = layout["readout.weight"], &bias = layout["readout.bias"];
    generator.normal(std::span(all).subspan(weight.offset, weight.size()), 0, 0.01);
    std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(bias.offset), bias.size(), 0.0f);
  }
  return all;
}

}  // namespace tsd::ctd_task
