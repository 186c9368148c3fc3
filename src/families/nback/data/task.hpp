// The N-back task: stimuli, sequences, targets. nback.md 2.3 to 2.6.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsd::nback {

enum class Property : std::uint8_t { location = 0, identity = 1, category = 2 };
enum class Response : std::uint8_t { no_action = 0, non_match = 1, match = 2 };
inline constexpr int kResponses = 3;
inline constexpr std::uint8_t kNoTarget = 255;  // proxy: nothing to answer
inline constexpr int kProperties = 3;
inline constexpr int kLevels = 3, kMostLevels = 5;  // n with a task input of its own: at least, at most
inline constexpr int kLocations = 4, kAngles = 4;

std::string_view name_of(Property property);  // "location", "identity", "category"
std::optional<Property> property_named(std::string_view name);
// The task input for n up to `levels`: one-hot property, one-hot n; n > levels: no bit for n.
std::vector<float> task_vector(Property feature, int n, int levels);

struct Stimulus {
  std::string path;  // as written in manifests: data/stimuli/stimulus_<category>_<iii>_loc<l>_angle<a>.png
  int category = 0;  // index into StimulusSet::categories
  int identity = 0;  // index into StimulusSet::identities
  int location = 0;  // 0 top left, 1 top right, 2 bottom left, 3 bottom right
  int angle = 0;     // 0..3
};

int value_of(const Stimulus& stimulus, Property property);

// Sorted: categories by name, identities within a category, then location, then angle.
struct StimulusSet {
  std::vector<std::string> categories;
  std::vector<std::string> identities;  // "<category>_<iii>"
  std::vector<Stimulus> stimuli;
};

struct Sequence {
  Property feature = Property::location;
  int n = 1;
  std::vector<std::int32_t> stimulus;  // [L], indices into StimulusSet::stimuli
  std::vector<std::uint8_t> target;    // [L], Response
};

// B sequences of equal length, laid out for a model.
struct Batch {
  int B = 0, L = 0;
  std::vector<std::int32_t> stimulus;  // [B, L]
  std::vector<std::uint8_t> target;    // [B, L]
  std::vector<std::uint8_t> feature;   // [B], Property
  std::vector<std::uint8_t> n;         // [B]
};
Batch make_batch(std::span<const Sequence> sequences);  // of equal length

}  // namespace tsd::nback
