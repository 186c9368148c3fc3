// From a YAML node to a typed value, strictly, and back to text.
#pragma once
#include <string>

#include "engine/config/report.hpp"
#include "engine/yaml/document.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

// Sets the field's target from `node` if it is of the field's type and within its range; else reports each
// problem under `key` (the full path) at its place.
void read_value(Field& field, const Node& node, const std::string& key, Report& report);

// The value as YAML on one line. Canonical: equal text, equal value.
std::string value_text(const Field& field);

}  // namespace tsd::config
