// Demixed components of a model's latents and rates: averages over the validation trials of each condition, told apart
// by what the conditions differ in (compare.md 7.7).
#pragma once
#include <string>
#include <vector>

#include "families/ctd/compare/likeness/windows.hpp"
#include "tsd/math/dpca.hpp"

namespace tsd::compare {

// Every combination of the factors' levels is a condition, the last factor's first.
struct Design {
  std::vector<Span> spans;     // of trials that are of a condition
  std::vector<int> condition;  // of each span
  std::vector<std::vector<double>>
      values;  // of factors' levels: number of trial or task, or direction in rad

  std::vector<int> levels() const;  // how many each factor has
  int conditions() const;
  int level(int condition, std::size_t factor) const;
  double value(int condition, std::size_t factor) const;
};
// DataError where a factor has one level, or a condition no trial.
Design design_of(const DemixSettings& settings, const Reference& reference);

std::vector<math::DpcaPart> demixed(const DemixSettings& settings, const Series& series,
                                    const Design& design);

// "task", "time", "task_direction", "task_time"
std::string name_of(const math::DpcaPart& part, const DemixSettings& settings);

struct DemixedOf {
  std::string what;  // latents, rates
  std::vector<math::DpcaPart> parts;
};

}  // namespace tsd::compare
