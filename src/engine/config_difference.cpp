#include "engine/config_difference.hpp"

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

namespace tsd {
namespace {

using Flat = std::map<std::string, std::string>;

void flatten(const YAML::Node& node, const std::string& path, Flat& flat) {
  if (node.IsMap()) {
    for (const auto& item : node)
      flatten(item.second, (path.empty() ? "" : path + ".") + item.first.as<std::string>(), flat);
  } else {
    YAML::Emitter text;
    text << YAML::Flow << node;
    flat[path] = text.c_str();
  }
}

Flat flatten(const std::string& yaml) {
  Flat flat;
  flatten(YAML::Load(yaml), "", flat);
  return flat;
}

std::string value_of(const Flat& flat, const std::string& key) {
  const auto found = flat.find(key);
  return found == flat.end() ? "(absent)" : found->second;
}

}  // namespace

std::string config_difference(const std::string& old_yaml, const std::string& new_yaml) {
  constexpr int kShown = 3;
  Flat before;
  try {
    before = flatten(old_yaml);
  } catch (const YAML::Exception&) {
    return "its config.yaml is damaged";
  }
  const Flat after = flatten(new_yaml);
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
