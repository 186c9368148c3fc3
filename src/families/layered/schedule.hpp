// The order of a run's passes over the images (layered.md 5.3).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "families/layered/config.hpp"

namespace tsd::layered {

enum class Set { train, validation, test };
inline constexpr const char* kSetNames[] = {"train", "validation", "test"};
inline const char* name_of(Set set) { return kSetNames[static_cast<std::size_t>(set)]; }

struct Pass {
  Set set = Set::train;
  bool learns = false;
  int epoch = 0;  // begun, counted from 1; before the first: 0

  bool operator==(const Pass&) const = default;
};

std::vector<Pass> schedule(const Config& config);

// The set whose evaluations a run is judged by; train, where none is evaluated.
Set judged_set(const Config& config);

}  // namespace tsd::layered
