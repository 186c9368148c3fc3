#include "families/microcircuit/group.hpp"

namespace tsd::microcircuit {

std::unique_ptr<Group> cpu_group(const Circuit& circuit, const Layout& layout,
                                 std::vector<NumpyLegacy*> generators) {
  if (circuit.version == Version::phased) return phased_group(circuit, layout, *generators.front());
  return native_group(circuit, layout, std::move(generators));
}

int cpu_lanes(const Circuit& circuit) { return circuit.version == Version::phased ? 1 : native_lanes(); }

}  // namespace tsd::microcircuit
