#include "families/nback/data/task.hpp"

#include <algorithm>
#include <stdexcept>

namespace tsd::nback {

namespace {
constexpr std::string_view kPropertyNames[] = {"location", "identity", "category"};
}

std::string_view name_of(Property property) { return kPropertyNames[static_cast<int>(property)]; }

std::optional<Property> property_named(std::string_view name) {
  const auto found = std::find(std::begin(kPropertyNames), std::end(kPropertyNames), name);
  if (found == std::end(kPropertyNames)) return std::nullopt;
  return static_cast<Property>(found - std::begin(kPropertyNames));
}

int value_of(const Stimulus& stimulus, Property property) {
  switch (property) {
    case Property::location:
      return stimulus.location;
    case Property::identity:
      return stimulus.identity;
    case Property::category:
      break;
  }
  return stimulus.category;
}

std::vector<float> task_vector(Property feature, int n, int levels) {
  std::vector<float> inputs(kProperties + levels);
  inputs[static_cast<int>(feature)] = 1;
  if (n >= 1 && n <= levels) inputs[kProperties + n - 1] = 1;
  return inputs;
}

Batch make_batch(std::span<const Sequence> sequences) {
  Batch batch;
  batch.B = static_cast<int>(sequences.size());
  batch.L = sequences.empty() ? 0 : static_cast<int>(sequences[0].stimulus.size());
  for (const Sequence& s : sequences) {
    if (static_cast<int>(s.stimulus.size()) != batch.L)
      throw std::logic_error("make_batch: sequences of unequal length");
    batch.stimulus.insert(batch.stimulus.end(), s.stimulus.begin(), s.stimulus.end());
    batch.target.insert(batch.target.end(), s.target.begin(), s.target.end());
    batch.feature.push_back(static_cast<std::uint8_t>(s.feature));
    batch.n.push_back(static_cast<std::uint8_t>(s.n));
  }
  return batch;
}

}  // namespace tsd::nback
