#include "families/nback/data/stimuli/stimulus_set.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <utility>

#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

// Takes "<digits>" off the end of text.
std::optional<int> take_number(std::string_view& text, std::size_t least_digits) {
  std::size_t digits = 0;
  while (digits < text.size() && text[text.size() - 1 - digits] >= '0' &&
         text[text.size() - 1 - digits] <= '9')
    ++digits;
  if (digits < least_digits || digits > 6) return std::nullopt;
  int value = 0;
  std::from_chars(text.data() + text.size() - digits, text.data() + text.size(), value);
  text.remove_suffix(digits);
  return value;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

}  // namespace

std::string identity_name(const std::string& category, int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "_%03d", number);
  return category + digits;
}

std::string file_name(const StimulusName& name) {
  return "stimulus_" + identity_name(name.category, name.number) + "_loc" + std::to_string(name.location) +
         "_angle" + std::to_string(name.angle) + ".png";
}

std::optional<StimulusName> parse_file_name(std::string_view text) {
  constexpr std::string_view prefix = "stimulus_";
  const std::string_view whole = text;
  if (!text.starts_with(prefix) || !take_suffix(text, ".png")) return std::nullopt;
  const auto angle = take_number(text, 1);
  if (!angle || *angle >= kAngles || !take_suffix(text, "_angle")) return std::nullopt;
  const auto location = take_number(text, 1);
  if (!location || *location >= kLocations || !take_suffix(text, "_loc")) return std::nullopt;
  const auto number = take_number(text, 3);
  if (!number || !take_suffix(text, "_") || text.size() <= prefix.size()) return std::nullopt;
  StimulusName name{std::string(text.substr(prefix.size())), *number, *location, *angle};
  if (file_name(name) != whole) return std::nullopt;  // e.g. superfluous leading zeros
  return name;
}

StimulusSet factorial_set(std::vector<std::string> categories, std::span<const int> objects_per_category) {
  std::vector<StimulusName> names;
  for (std::size_t c = 0; c < categories.size(); ++c)
    for (int number = 0; number < objects_per_category[c]; ++number)
      for (int location = 0; location < kLocations; ++location)
        for (int angle = 0; angle < kAngles; ++angle)
          names.push_back({categories[c], number, location, angle});
  return sorted_set(names, "stimuli").set;
}

SortedSet sorted_set(std::span<const StimulusName> names, const std::string& source) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  constexpr int views = kLocations * kAngles;
  std::map<std::pair<std::string, int>, std::array<std::size_t, views>> objects;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto [object, is_new] = objects.try_emplace({names[i].category, names[i].number});
    if (is_new) object->second.fill(none);
    std::size_t& row = object->second[names[i].location * kAngles + names[i].angle];
    if (row != none) throw DataError(source + ": " + file_name(names[i]) + " is there twice");
    row = i;
  }

  SortedSet sorted;
  StimulusSet& set = sorted.set;
  for (const auto& [key, rows] : objects) {
    const auto& [category, number] = key;
    if (set.categories.empty() || set.categories.back() != category) set.categories.push_back(category);
    set.identities.push_back(identity_name(category, number));
    for (int view = 0; view < views; ++view) {
      const StimulusName name{category, number, view / kAngles, view % kAngles};
      if (rows[view] == none)
        throw DataError(source + ": " + file_name(name) +
                        " is missing; expected every object at locations 0..3 and angles 0..3");
      sorted.order.push_back(rows[view]);
      set.stimuli.push_back({std::string(kStimulusFolder) + "/" + file_name(name),
                             static_cast<int>(set.categories.size()) - 1,
                             static_cast<int>(set.identities.size()) - 1, name.location, name.angle});
    }
  }
  return sorted;
}

std::string about_equal_objects(const StimulusSet& set, std::span<const std::byte> rows) {
  constexpr std::size_t kViews = kLocations * kAngles;
  const std::size_t size = rows.size() / set.identities.size();
  std::map<std::string_view, std::size_t> seen;  // the first object of its looks
  std::string first, worst;
  std::size_t found = 0;
  for (std::size_t i = 0; i < set.identities.size(); ++i) {
    const auto own = rows.subspan(i * size, size);
    const auto [like, fresh] =
        seen.try_emplace(std::string_view(reinterpret_cast<const char*>(own.data()), size), i);
    if (fresh) continue;
    ++found;
    const std::string both = set.identities[like->second] + " and " + set.identities[i] + " are equal";
    const bool two = set.stimuli[like->second * kViews].category != set.stimuli[i * kViews].category;
    std::string& kept = two ? worst : first;
    if (kept.empty()) kept = both + (two ? ", of different categories" : "");
  }
  if (found == 0) return "";
  return "objects " + (worst.empty() ? first : worst) +
         ": nothing can tell them apart, but answers count them as different" +
         (found > 1 ? "; " + std::to_string(found) + " of " + std::to_string(set.identities.size()) +
                          " objects are as another before them"
                    : "");
}

}  // namespace tsd::nback
