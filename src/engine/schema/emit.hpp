// A resolved config as YAML.
#pragma once
#include <functional>
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

std::string to_yaml(const Schema& schema);  // every field in schema order

// What determines the numbers: without `run` and `description`, and with no word of how paths of inputs are
// written.
std::string identity_text(const Schema& schema);

// The same with "# origin  meaning [unit]" behind each value, aligned.
std::string to_yaml_with_origins(const Schema& schema,
                                 const std::function<std::string(const std::string& key_path)>& origin);

}  // namespace tsd::config
