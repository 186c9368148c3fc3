// A filled schema back to YAML.
#pragma once
#include <functional>
#include <string>

#include "tsd/engine/schema.hpp"

namespace tsd::config {

// Every field in schema order. `note` (of a key path) stands behind each value as a comment, where it is given.
std::string emit(const Schema& schema, const std::function<std::string(const std::string& key)>& note = nullptr);

}  // namespace tsd::config
