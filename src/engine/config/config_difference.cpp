#include "engine/config/config_difference.hpp"

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

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml,
                              const std::set<std::string>& uncounted, const Schema& schema) {
  constexpr int kShown = 3;
  if (old_yaml.empty()) return "its config.yaml is missing or empty";
  Flat before;
  try {
    for (auto& [key, value] : flat_yaml(old_yaml)) before.emplace(config::canonical_key(schema, key), value);
  } catch (const DataError&) {
    return "its config.yaml is damaged";
  }
  const Flat after = flat_yaml(new_yaml);
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : after) keys.insert(key);
  const auto told = [&](const std::string& key) {
    return key + ": " + value_of(before, key) + " there, " + value_of(after, key) + " here";
  };
  if (value_of(before, "family") != value_of(after, "family")) return told("family");  // the rest follows
  std::string text;
  int found = 0;
  for (const auto& key : keys) {
    const bool counts = !key.starts_with("run.") && key != "description" && !uncounted.contains(key);
    if (!counts || value_of(before, key) == value_of(after, key)) continue;
    if (++found > kShown) continue;
    text += (text.empty() ? "" : "; ") + told(key);
  }
  if (found > kShown) text += "; and " + std::to_string(found - kShown) + " more";
  return found > 0 ? text : "the same keys and values, but another tsd's or changed by hand";
}

}  // namespace tsd
