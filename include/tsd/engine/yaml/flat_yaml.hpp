// A resolved configuration as text, e.g. of a results file, without the types of its family.
#pragma once
#include <map>
#include <string>

namespace tsd {

// Each value under its key.path, as YAML text in flow style; DataError where it is not YAML.
std::map<std::string, std::string> flat_yaml(const std::string& yaml);

}  // namespace tsd
