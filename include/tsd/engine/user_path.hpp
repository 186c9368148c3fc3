// Paths as people write them where no shell has looked at them: in a config, behind --out=.
#pragma once
#include <string>

namespace tsd {

// With ~ and $NAME or ${NAME} replaced, unless a file of that very name is there. UsageError for a variable
// that is not set and for another person's ~name.
std::string expanded_path(const std::string& path);

}  // namespace tsd
