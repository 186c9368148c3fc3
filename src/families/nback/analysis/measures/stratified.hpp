// The split of scikit-learn's train_test_split(stratify=labels, random_state=seed), position for position.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace tsd::nback {

struct Split {
  std::vector<int> train, test;  // positions
};
// Without regard to the labels where a class occurs once only. DataError where the test set is smaller than
// the number of classes. n_test = ceil(fraction n).
Split stratified_split(std::span<const int> labels, double test_fraction, std::uint32_t seed);

}  // namespace tsd::nback
