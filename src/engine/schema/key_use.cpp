#include "tsd/engine/schema/key_use.hpp"

#include <map>
#include <stdexcept>

#include "engine/schema/each_field.hpp"
#include "engine/schema/value.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd {

namespace {

using Values = std::map<std::string, std::string>;  // of fields, by path

Values values_of(const Schema& schema) {
  Values values;
  config::each_field(
      schema, [&](const std::string& key, const Field& field) { values[key] = config::value_text(field); });
  return values;
}

// What the same would read, in one text.
std::map<std::string, std::string> by_reader(const std::vector<UnusedKey>& unused) {
  std::map<std::string, std::string> keys;
  for (const UnusedKey& key : unused) {
    std::string& list = keys[key.by];
    list += (list.empty() ? "" : ", ") + key.key;
  }
  return keys;
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
  for (const auto& [by, keys] : by_reader(unused)) log_warning(keys + ": without effect; read with " + by);
}

void tell(const std::vector<UnusedKey>& unused) {
  std::string all;
  for (const auto& [by, keys] : by_reader(unused))
    all += (all.empty() ? "" : "; ") + keys + " (read with " + by + ")";
  if (!all.empty()) log_info("without effect here: " + all);
}

}  // namespace tsd
