#include "tsd/engine/key_use.hpp"

#include <map>
#include <stdexcept>

#include "engine/config/each_field.hpp"
#include "engine/config/value.hpp"
#include "tsd/engine/log.hpp"

namespace tsd {

namespace {

using Values = std::map<std::string, std::string>;  // of fields, by path

Values values_of(const Schema& schema) {
  Values values;
  config::each_field(
      schema, [&](const std::string& key, const Field& field) { values[key] = config::value_text(field); });
  return values;
}

}  // namespace

std::vector<UnusedKey> unused_keys(const Schema& given, const Schema& usual,
                                   const std::vector<KeyUse>& uses) {
  const Values now = values_of(given), before = values_of(usual);
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
