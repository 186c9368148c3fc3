// Some keys of a resolved configuration, e.g. of a results file, for who does not know all of them.
#pragma once
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd {

// Fields of the schema that the mapping under `key` has; others stay as they are, other keys are passed over.
// DataError with `source` where the text is not YAML or a value is not the field's.
void read_known(const std::string& yaml, const std::string& key, const std::string& source, Schema& schema);

}  // namespace tsd
