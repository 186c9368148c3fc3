// In which keys two resolved configurations differ.
#pragma once
#include <string>

namespace tsd {

// The first few, as "key: <old> there, <new> here"; `run` and `description` do not count.
std::string config_difference(const std::string& old_yaml, const std::string& new_yaml);

}  // namespace tsd
