#include "engine/config/config_difference.hpp"

#include <algorithm>
#include <map>

#include "engine/schema/reader.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

using Flat = std::map<std::string, std::string>;

std::string value_of(const Flat& flat, const std::string& key) {
  const auto found = flat.find(key);
  return found == flat.end() ? "(absent)" : found->second;
}

}  // namespace

std::vector<Parent::Change> changed_keys(const std::string& old_yaml, const std::string& new_yaml,
                                         const std::set<std::string>& uncounted, const Schema& schema) {
  Flat before;
  for (auto& [key, value] : flat_yaml(old_yaml)) before.emplace(config::canonical_key(schema, key), value);
  const Flat after = flat_yaml(new_yaml);
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  std::vector<Parent::Change> changes;
  for (const auto& key : keys) {
    const bool counts = !key.starts_with("run.") && key != "description" && !uncounted.contains(key);
    if (counts && value_of(before, key) != value_of(after, key))
      changes.push_back({key, value_of(before, key), value_of(after, key)});
  }
  return changes;
}

std::string text_of(const Parent::Change& change) {
  return change.key + ": " + change.before + " there, " + change.now + " here";
}

std::string field_of(const std::string& key) { return key.substr(0, key.find('[')); }

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml,
                              const std::set<std::string>& uncounted, const Schema& schema) {
  constexpr std::size_t kShown = 3;
  if (old_yaml.empty()) return "its config.yaml is missing or empty";
  std::vector<Parent::Change> changes;
  try {
    changes = changed_keys(old_yaml, new_yaml, uncounted, schema);
  } catch (const DataError&) {
    return "its config.yaml is damaged";
  }
  const auto family = std::ranges::find(changes, "family", &Parent::Change::key);
  if (family != changes.end()) return text_of(*family);  // the rest follows
  if (changes.empty()) return "the same keys and values, but another tsd's or changed by hand";
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, changes.size()); ++i)
    text += (text.empty() ? "" : "; ") + text_of(changes[i]);
  if (changes.size() > kShown) text += "; and " + std::to_string(changes.size() - kShown) + " more";
  return text;
}

}  // namespace tsd
