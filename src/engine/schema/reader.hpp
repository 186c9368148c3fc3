// A mapping into the fields of a schema.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/config/report.hpp"
#include "engine/yaml/document.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

using Places = std::map<std::string, Place>;  // of the values given, by key path; groups too, "" is the root

enum class Missing { reported, ignored };  // required keys that are not there

// Unknown keys, wrong values and, if asked for, missing keys go to the report.
Places read_mapping(Schema& schema, const Node& mapping, Missing missing, Report& report);

Field* find_field(Schema& schema, const std::string& key_path);
// What the key at this path is called now (Field::formerly).
std::string canonical_key(const Schema& schema, const std::string& key_path);
// Gives every key of the mapping its present name. Of one that is there under both, that of the later layer
// stays; in one layer this is a problem.
void rename_former(const Schema& schema, Node& mapping, const std::string& prefix, Report& report);
std::vector<std::string> key_paths(const Schema& schema);  // of all fields, in order

// "unknown key; did you mean hidden_size?", or with the keys there are if none is near.
std::string unknown_key(const Schema& root, const std::string& key_path);

}  // namespace tsd::config
