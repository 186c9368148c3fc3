// Built-in objects: four categories whose identities differ in kind, proportions, parts and colour, so that
// category and identity can be seen. The default stimuli when there is no ShapeNet.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "families/nback/data/stimuli/mesh.hpp"

namespace tsd::nback {

inline const std::vector<std::string> kGrammarCategories = {"airplane", "car", "chair", "table"};

// Deterministic in its arguments; normalised. Any identity >= 0.
Mesh grammar_object(std::string_view category, int identity, std::uint64_t seed);

}  // namespace tsd::nback
