// Rotations of a model's latents and rates over validation trials, each a condition of its own (compare.md 7.6).
#pragma once
#include <string>
#include <vector>

#include "families/ctd/compare/likeness/windows.hpp"
#include "tsd/math/jpca.hpp"

namespace tsd::compare {

math::Jpca rotations(const RotationSettings& settings, const Series& series, const std::vector<Span>& spans);

struct RotationsOf {
  std::string what;  // latents, rates
  math::Jpca found;
};

}  // namespace tsd::compare
