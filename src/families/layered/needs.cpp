// What a run of layered networks holds in memory.
#include "families/layered/config.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::layered {

std::vector<MemoryNeed> memory(const Config& c) {
  constexpr double kNumber = sizeof(float);
  const ModelSpec spec = c.spec();
  double weights = 0, rates = 0, widest = 0;
  for (const Layer& layer : spec.layers) {
    if (!layer.pools()) weights += static_cast<double>(count(layer.weight_shape()));
    rates += static_cast<double>(layer.own.size());
    widest = std::max(widest, static_cast<double>(layer.own.size()));
  }
  const double copies = c.rule == Rule::FA || c.rule == Rule::PAL ? 2 : 1;
  const double images = c.data.source == Source::bars ? 1.0 * c.data.bars.train + c.data.bars.test : 0;
  return {{to_blame({{"units", widest, 1000}, {"input", double(spec.input_size()), 3072}}),
           2 * copies * kNumber * weights},  // and what they change by
          {to_blame({{"batch_size", double(c.batch_size), 128}, {"units", rates, 4000}}),
           5 * kNumber * rates * c.batch_size},
          {"data.bars.train", images * static_cast<double>(spec.input_size())}};
}

}  // namespace tsd::layered
