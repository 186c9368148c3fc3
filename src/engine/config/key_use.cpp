#include "tsd/engine/key_use.hpp"

#include <map>
#include <stdexcept>

#include "engine/config/value.hpp"
#include "tsd/engine/log.hpp"

namespace tsd {

namespace {

using Values = std::map<std::string, std::string>;  // of fields, by path

void collect(const Schema& schema, const std::string& prefix, Values& values) {
  for (const Field& field : schema.fields()) values[prefix + field.key] = config::value_text(field);
  for (const Schema::Group& group : schema.groups()) collect(*group.schema, prefix + group.key + ".", values);
}

}  // namespace

std::vector<UnusedKey> unused_keys(const Schema& given, const Schema& usual,
                                   const std::vector<KeyUse>& uses) {
  Values now, before;
  collect(given, "", now), collect(usual, "", before);
  std::vector<UnusedKey> unused;
  for (const KeyUse& use : uses)
    for (const std::string& key : use.keys) {
      const bool is_group = key.ends_with('.');
      bool known = false;
      for (const auto& [path, value] : now) {
        if (is_group ? !path.starts_with(key) : path != key) continue;
        known = true;
        if (!use.read && value != before.at(path)) unused.push_back({path, use.by, value});
      }
      if (!known) throw std::logic_error("unused_keys: no field " + key);
    }
  return unused;
}

void refuse(const std::vector<UnusedKey>& unused, Problems& problems) {
  for (const auto& [key, by, value] : unused)
    problems.add(key, "without effect", by + ", or not to be set", value);
}

void warn_about(const std::vector<UnusedKey>& unused) {
  std::map<std::string, std::string> keys;  // by what reads them
  for (const UnusedKey& key : unused) {
    std::string& line = keys[key.by];
    line += (line.empty() ? "" : ", ") + key.key;
  }
  for (const auto& [by, line] : keys) log_warning(line + ": without effect; read with " + by);
}

}  // namespace tsd
