#include "families/nback/model/dropout.hpp"

namespace tsd::nback {
namespace {

std::vector<std::vector<float>> draw(int masks, std::size_t size, double p, Philox& generator) {
  std::vector<std::vector<float>> drawn;
  if (p <= 0) return drawn;
  const float scale = static_cast<float>(1 / (1 - p));
  for (int i = 0; i < masks; ++i) {
    auto& mask = drawn.emplace_back(size);
    generator.bernoulli(mask, 1 - p);
    for (float& value : mask) value *= scale;
  }
  return drawn;
}

}  // namespace

DropoutMasks draw_masks(const ModelSpec& spec, int B, int L, Philox& generator) {
  const std::size_t rows = static_cast<std::size_t>(B) * L;
  const int gate_masks = spec.attention == Attention::none        ? 0
                         : spec.attention == Attention::task_only ? 2
                                                                  : 1;
  DropoutMasks masks;
  masks.gate = draw(gate_masks, rows * spec.D, spec.attention_dropout, generator);
  masks.layers = draw(spec.layers - 1, rows * spec.H, spec.dropout, generator);
  return masks;
}

}  // namespace tsd::nback
