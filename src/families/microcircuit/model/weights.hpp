// The weight matrices of a circuit by name: WPP_1, WPP_2, .., WIP_1, .., BPP_1, .., BPI_1, ..
#pragma once
#include <string>

#include "families/microcircuit/model/circuit.hpp"

namespace tsd::microcircuit {

struct NamedWeights {
  const char* name;
  const Slots Layout::*slots;
};
inline constexpr NamedWeights kWeights[] = {
    {"WPP", &Layout::WPP}, {"WIP", &Layout::WIP}, {"BPP", &Layout::BPP}, {"BPI", &Layout::BPI}};

// body(name, slot)
template <class Body>
void each_weight(const Layout& layout, const Body& body) {
  for (const auto& [name, slots] : kWeights)
    for (std::size_t l = 1; l < (layout.*slots).size(); ++l)
      if ((layout.*slots)[l].size() > 0) body(name + ("_" + std::to_string(l)), (layout.*slots)[l]);
}

}  // namespace tsd::microcircuit
