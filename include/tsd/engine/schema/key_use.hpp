// Keys of a config that nothing reads while other keys are as they are. Giving them is a mistake; where a switch
// leaves out a whole group that is there for another choice, it is worth a warning; where the original programs
// write every key, used or not, a line.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/schema/schema.hpp"

namespace tsd {

struct KeyUse {
  std::vector<std::string> keys;  // paths of fields; "nbff." stands for all fields of the group
  bool read;
  std::string by;  // what reads them: "model.family: lfads"
};

struct UnusedKey {
  std::string key, by, value;
};

// Of the keys that are not read those with another value than in `usual`, the same schema with default
// values.
std::vector<UnusedKey> unused_keys(const Schema& given, const Schema& usual, const std::vector<KeyUse>& uses);

template <class Config>
std::vector<UnusedKey> unused_keys(const Config& given, const std::vector<KeyUse>& uses) {
  Config copy(given), usual;
  Schema schema, usual_schema;
  describe(schema, copy), describe(usual_schema, usual);
  return unused_keys(schema, usual_schema, uses);
}

// For a config's check().
void refuse(const std::vector<UnusedKey>& unused, Problems& problems);
// Where a run begins: a warning for all that the same would read; or one line for all of them.
void warn_about(const std::vector<UnusedKey>& unused);
void tell(const std::vector<UnusedKey>& unused);

}  // namespace tsd
