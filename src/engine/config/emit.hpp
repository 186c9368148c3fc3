// A resolved config as YAML.
#pragma once
#include <functional>
#include <string>

#include "tsd/engine/schema.hpp"

namespace tsd::config {

using KeepKey = std::function<bool(const std::string& root_key)>;

// Every field in schema order; root keys that `keep` refuses are left out.
std::string to_yaml(
    const Schema& schema, const KeepKey& keep = [](const std::string&) { return true; });

// The same with "# origin  meaning [unit]" behind each value, aligned.
std::string to_yaml_with_origins(const Schema& schema,
                                 const std::function<std::string(const std::string& key_path)>& origin);

}  // namespace tsd::config
