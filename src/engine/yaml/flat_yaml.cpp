#include "tsd/engine/yaml/flat_yaml.hpp"

#include <yaml-cpp/yaml.h>

#include "tsd/error.hpp"

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

}  // namespace

Flat flat_yaml(const std::string& yaml) {
  Flat flat;
  try {
    flatten(YAML::Load(yaml), "", flat);
  } catch (const YAML::Exception& error) {
    throw DataError(std::string("not YAML: ") + error.what());
  }
  return flat;
}

}  // namespace tsd
