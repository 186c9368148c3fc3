// The proxy task: say which value of the property was seen n steps back (nback.md 2.7).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "families/nback/data/stimuli/splits.hpp"
#include "families/nback/data/task.hpp"

namespace tsd::nback {

class ProxyTargets {
 public:
  // Identities are numbered over those of the training stimuli, in order. ConfigError where there are more
  // than a target can name.
  ProxyTargets(const StimulusSet& set, const Splits& splits);

  // Widths of the read-outs: locations, training identities, categories.
  std::vector<int> heads() const;
  // target[t] for t >= n; kNoTarget before, and for identities that are not trained.
  void label(Property feature, int n, std::span<const std::int32_t> stimulus,
             std::span<std::uint8_t> target) const;

 private:
  const StimulusSet& set_;
  std::vector<std::uint8_t> identity_;  // by identity of the set
  int identities_ = 0;
};

}  // namespace tsd::nback
