// The split of scikit-learn's train_test_split(stratify=labels, random_state=seed), position for position.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "families/nback/analysis/study.hpp"

namespace tsd::nback {

struct Split {
  std::vector<int> train, test;  // positions
};
// Without regard to the labels where a class occurs once only. DataError where the test set is smaller than
// the number of classes. n_test = ceil(fraction n).
Split stratified_split(std::span<const int> labels, double test_fraction, std::uint32_t seed);

// The context as it is; in mode reference with a split of its own for this property, whose values are
// numbered by class_order().
Context split_for(const Study& study, const Recording& recording, const Context& context, Property property,
                  int t);

}  // namespace tsd::nback
