// Rotations of a model's latents and rates over validation trials, each a condition of its own (compare.md 7.6).
#pragma once
#include <string>
#include <vector>

#include "families/ctd/compare/reference.hpp"
#include "tsd/math/jpca.hpp"

namespace tsd::compare {

// The steps of a validation trial that are looked at.
struct Span {
  std::int64_t trial, first, count;
};
// DataError where fewer than two trials have the steps that are asked for.
std::vector<Span> spans_of(const RotationSettings& settings, const Reference& reference);

math::Jpca rotations(const RotationSettings& settings, const Series& series, const std::vector<Span>& spans);

struct RotationsOf {
  std::string what;  // latents, rates
  math::Jpca found;
};

}  // namespace tsd::compare
