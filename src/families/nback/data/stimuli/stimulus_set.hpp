// Names and order of stimuli. All metadata is carried by the file name (nback.md 2.2); everything is sorted,
// so that the index of a stimulus does not depend on how a directory happens to be listed.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "families/nback/data/task.hpp"

namespace tsd::nback {

inline constexpr std::string_view kStimulusFolder = "data/stimuli";  // as written in manifests

struct StimulusName {
  std::string category;
  int number = 0;  // of the object within its category
  int location = 0, angle = 0;
};

std::string identity_name(const std::string& category, int number);  // "car_003"
std::string file_name(const StimulusName& name);                     // "stimulus_car_003_loc1_angle2.png"
std::optional<StimulusName> parse_file_name(
    std::string_view name);  // of file_name(); nothing if it isn't one

// The full design: every object of every category at every location and angle. With equal counts m the index
// of a stimulus is ((category * m + object) * 4 + location) * 4 + angle.
StimulusSet factorial_set(std::vector<std::string> categories, std::span<const int> objects_per_category);

struct SortedSet {
  StimulusSet set;
  std::vector<std::size_t> order;  // set.stimuli[i] is names[order[i]]
};
// From names in any order. DataError naming `source` on a duplicate, or where an object lacks a location or
// angle.
SortedSet sorted_set(std::span<const StimulusName> names, const std::string& source);

// Two objects that are equal in all views, which nothing can tell apart; those of two categories first. Empty: none.
// `rows`: of all stimuli, one after the other.
std::string about_equal_objects(const StimulusSet& set, std::span<const std::byte> rows);

}  // namespace tsd::nback
