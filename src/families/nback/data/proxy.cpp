#include "families/nback/data/proxy.hpp"

#include <algorithm>
#include <set>

#include "tsd/error.hpp"

namespace tsd::nback {

ProxyTargets::ProxyTargets(const StimulusSet& set, const Splits& splits)
    : set_(set), identity_(set.identities.size(), kNoTarget) {
  std::set<int> trained;
  for (const auto i : splits.train) trained.insert(set.stimuli[i].identity);
  if (trained.size() >= kNoTarget)
    throw ConfigError("mode: proxy: expected fewer than " + std::to_string(kNoTarget) +
                      " training identities, got " + std::to_string(trained.size()));
  for (const int identity : trained) identity_[identity] = static_cast<std::uint8_t>(identities_++);
}

std::vector<int> ProxyTargets::heads() const {
  return {kLocations, identities_, static_cast<int>(set_.categories.size())};
}

void ProxyTargets::label(Property feature, int n, std::span<const std::int32_t> stimulus,
                         std::span<std::uint8_t> target) const {
  for (std::size_t t = 0; t < stimulus.size(); ++t) {
    if (t < static_cast<std::size_t>(n)) {
      target[t] = kNoTarget;
      continue;
    }
    const int value = value_of(set_.stimuli[stimulus[t - n]], feature);
    target[t] = feature == Property::identity ? identity_[value] : static_cast<std::uint8_t>(value);
  }
}

}  // namespace tsd::nback
