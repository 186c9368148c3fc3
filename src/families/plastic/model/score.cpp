#include <algorithm>

#include "families/plastic/model/backend.hpp"

namespace tsd::plastic {

void Score::add(const Sequence& sequence, std::span<const float> y) {
  double sum = loss * scenes;
  for (std::size_t s = 0; s < y.size(); ++s) {
    const bool is_familiar = sequence.labels[s] == 1, says = y[s] >= 0.5f;
    familiar += is_familiar;
    false_positives += says && !is_familiar;
    false_negatives += !says && is_familiar;
    sum -= std::max(std::log(is_familiar ? double{y[s]} : 1 - double{y[s]}), -100.0);
  }
  scenes += static_cast<int>(y.size());
  loss = sum / scenes;
}

}  // namespace tsd::plastic
