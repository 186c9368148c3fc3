#include "engine/config_difference.hpp"

#include <map>
#include <set>

#include "tsd/engine/flat_yaml.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

using Flat = std::map<std::string, std::string>;

std::string value_of(const Flat& flat, const std::string& key) {
  const auto found = flat.find(key);
  return found == flat.end() ? "(absent)" : found->second;
}

}  // namespace

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml) {
  constexpr int kShown = 3;
  Flat before;
  try {
    before = flat_yaml(old_yaml);
  } catch (const DataError&) {
    return "its config.yaml is damaged";
  }
  const Flat after = flat_yaml(new_yaml);
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  std::string text;
  int found = 0;
  for (const auto& key : keys) {
    if (key.starts_with("run.") || key == "description" || value_of(before, key) == value_of(after, key))
      continue;
    if (++found > kShown) continue;
    text += (text.empty() ? "" : "; ") + key + ": " + value_of(before, key) + " there, " +
            value_of(after, key) + " here";
  }
  if (found > kShown) text += "; and " + std::to_string(found - kShown) + " more";
  return text;
}

}  // namespace tsd
