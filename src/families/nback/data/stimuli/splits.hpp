// Which stimuli train and which test generalisation. nback.md 2.3.
#pragma once
#include <cstdint>
#include <vector>

#include "families/nback/data/task.hpp"

namespace tsd::nback {

struct SplitRule {
  std::vector<int> train_angles = {0, 1, 2};
  std::vector<int> val_angles = {3};
  double train_identity_ratio = 0.6;
};

// Indices into StimulusSet::stimuli, in its order.
struct Splits {
  std::vector<std::int32_t> train;           // training identities at train_angles
  std::vector<std::int32_t> novel_angle;     // training identities at val_angles
  std::vector<std::int32_t> novel_identity;  // the other identities at every angle
};

// Of the m identities of a category, in order, the first max(1, floor(m * ratio)) train. ConfigError where a
// category has none left over for novel_identity.
Splits make_splits(const StimulusSet& set, const SplitRule& rule);

}  // namespace tsd::nback
