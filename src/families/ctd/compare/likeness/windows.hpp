// Steps of validation trials that components are looked for in (compare.md 7.6).
#pragma once
#include <string>
#include <vector>

#include "families/ctd/compare/reference.hpp"

namespace tsd::compare {

// The steps of a validation trial that are looked at.
struct Span {
  std::int64_t trial, first, count;
};
// As many of each trial. DataError where fewer than two trials have the steps that are asked for, with the part's
// name, that of its keys.
std::vector<Span> spans_of(const WindowSettings& settings, const Reference& reference,
                           const std::string& part);

}  // namespace tsd::compare
