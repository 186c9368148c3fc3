#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

Cell cell_of(Memory memory) {
  switch (memory) {
    case Memory::none:
      return static_layer;
    case Memory::decaying:
    case Memory::last_frame:
      return plastic_cell;
    case Memory::activity:
      return tanh_cell;
    case Memory::cell:
      return lstm_cell;
    case Memory::trace:
      return trace_cell;
    case Memory::modulated:
      return modulated_cell;
    case Memory::retroactive:
      return retroactive_cell;
    case Memory::fast_weights:
      return fast_weights_cell;
    case Memory::linear_attention:
      return linear_attention;
    case Memory::delta_rule:
      return delta_rule;
    case Memory::attention:
      return attention_block;
  }
  return nullptr;
}

LayerActivity static_layer(const Layer& layer, const LayerParameters& p, const torch::Tensor& u) {
  return {phi_of(layer, driven(p, u)), {}};
}

}  // namespace tsd::plastic
