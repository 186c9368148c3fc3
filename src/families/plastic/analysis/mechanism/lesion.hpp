// Parameters of networks of which a part is out of action. Every function takes them and gives them back changed.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "families/plastic/model/network.hpp"

namespace tsd::plastic {

// P of a plastic layer stays 0: what is left is W.
std::vector<float> without_memory(const ModelSpec& network, const Layout& layout,
                                  std::span<const float> parameters, std::size_t layer);

// h of one neuron is 0 at every frame, and so is what Hebbian learning makes of it. Not in recurrent layers, nor
// where presynaptic activity alone makes an added P of all neurons alike: can_be_silent().
bool can_be_silent(const Layer& layer);
std::vector<float> without_neuron(const ModelSpec& network, const Layout& layout,
                                  std::span<const float> parameters, std::size_t layer, std::size_t neuron);

}  // namespace tsd::plastic
