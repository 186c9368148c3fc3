// What a comparison holds in memory, beside the reference and the models, which are not read here.
#include "families/ctd/compare/config.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::compare {

std::vector<MemoryNeed> memory(const Config& c) {
  if (!c.has("fixed_points")) return {};
  return {{"fixed_points.n_inits", sizeof(float) * static_cast<double>(c.fixed_points.n_inits)}};
}

}  // namespace tsd::compare
