// In which keys two resolved configurations differ.
#pragma once
#include <set>
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd {

// The first few, under the present names of the keys, as "key: <old> there, <new> here", of another family that alone. `run`, `description` and
// the keys in `uncounted` do not count.
std::string config_difference(const std::string& old_yaml, const std::string& new_yaml,
                              const std::set<std::string>& uncounted, const Schema& schema);

}  // namespace tsd
