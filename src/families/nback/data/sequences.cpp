#include "families/nback/data/sequences.hpp"

#include "tsd/error.hpp"

namespace tsd::nback {

SequenceGenerator::SequenceGenerator(const StimulusSet& set, std::span<const std::int32_t> pool)
    : pool_(pool.begin(), pool.end()) {
  if (pool_.empty())
    throw ConfigError("stimuli: a split has no stimuli; check train_angles, val_angles and identities");
  for (Property property : {Property::location, Property::identity, Property::category}) {
    Lists& lists = lists_[static_cast<int>(property)];
    const std::size_t values = property == Property::location   ? kLocations
                               : property == Property::identity ? set.identities.size()
                                                                : set.categories.size();
    lists.same.resize(values);
    lists.other.resize(values);
    for (const Stimulus& s : set.stimuli) lists.value.push_back(value_of(s, property));
    for (const std::int32_t i : pool_)
      for (std::size_t v = 0; v < values; ++v)
        (lists.value[i] == static_cast<std::int32_t>(v) ? lists.same : lists.other)[v].push_back(i);
    for (auto& candidates : lists.other)
      if (candidates.empty()) candidates = pool_;  // the reference's rule for a property with one value
  }
}

}  // namespace tsd::nback
