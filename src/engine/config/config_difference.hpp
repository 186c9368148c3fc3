// In which keys two resolved configurations differ.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd {

// All, in order, under their present names; `run`, `description` and the keys in `uncounted` do not count.
// DataError where the old text is no YAML.
std::vector<Parent::Change> changed_keys(const std::string& old_yaml, const std::string& new_yaml,
                                         const std::set<std::string>& uncounted, const Schema& schema);

std::string text_of(const Parent::Change& change);  // "lr: 0.1 there, 0.2 here"
std::string field_of(const std::string& key);       // of an input: "models.files" of "models.files[1]"

// The first few of these as "key: <old> there, <new> here"; of another family that alone.
std::string config_difference(const std::string& old_yaml, const std::string& new_yaml,
                              const std::set<std::string>& uncounted, const Schema& schema);

}  // namespace tsd
