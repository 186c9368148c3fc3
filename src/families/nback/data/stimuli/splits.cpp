#include "families/nback/data/stimuli/splits.hpp"

#include <algorithm>

#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

std::vector<bool> training_identities(const StimulusSet& set, double ratio) {
  std::vector<std::vector<int>> of_category(set.categories.size());
  std::vector<bool> seen(set.identities.size()), trains(set.identities.size());
  for (const Stimulus& s : set.stimuli) {
    if (!seen[s.identity]) of_category[s.category].push_back(s.identity);
    seen[s.identity] = true;
  }
  for (std::size_t c = 0; c < of_category.size(); ++c) {
    const int m = static_cast<int>(of_category[c].size());
    const int k = std::max(1, static_cast<int>(m * ratio));
    if (k >= m)
      throw ConfigError("stimuli.train_identity_ratio: " + std::to_string(ratio) + " of the " +
                        std::to_string(m) + " identities of " + set.categories[c] +
                        " leaves none for the split novel_identity; use more identities or a smaller ratio");
    for (int i = 0; i < k; ++i) trains[of_category[c][i]] = true;
  }
  return trains;
}

}  // namespace

Splits make_splits(const StimulusSet& set, const SplitRule& rule) {
  const std::vector<bool> trains = training_identities(set, rule.train_identity_ratio);
  const auto contains = [](const std::vector<int>& angles, int angle) {
    return std::find(angles.begin(), angles.end(), angle) != angles.end();
  };
  Splits splits;
  for (std::size_t i = 0; i < set.stimuli.size(); ++i) {
    const Stimulus& s = set.stimuli[i];
    const auto index = static_cast<std::int32_t>(i);
    if (!trains[s.identity]) {
      splits.novel_identity.push_back(index);
    } else {
      if (contains(rule.train_angles, s.angle)) splits.train.push_back(index);
      if (contains(rule.val_angles, s.angle)) splits.novel_angle.push_back(index);
    }
  }
  return splits;
}

}  // namespace tsd::nback
