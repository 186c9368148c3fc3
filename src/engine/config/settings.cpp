#include "engine/config/settings.hpp"

#include <algorithm>

#include "engine/config/text.hpp"
#include "engine/schema/reader.hpp"
#include "engine/schema/value.hpp"
#include "engine/schema/words.hpp"

namespace tsd::config {

void SettingReader::wrong(const Node& node, const std::string& path, const std::string& expected) {
  report_.add(node.place, path, problem_text("wrong type", expected, shown(node)));
}

bool SettingReader::check_keys(const Node& node, const std::string& path,
                               const std::vector<std::string>& known) {
  bool good = true;
  for (const Entry& entry : node.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    good = false;
    const std::string meant = nearest(entry.key, known);
    report_.add(entry.place, path + "." + shortened(entry.key),
                meant.empty() ? "unknown key; expected one of " + joined(known, ", ")
                              : "unknown key; did you mean " + meant + "?");
  }
  return good;
}

bool SettingReader::is_list(const Entry& entry, const std::string& path) {
  if (is_sequence(entry.value) && !entry.value.items.empty()) return true;
  const bool one = entry.value.kind == Node::Kind::scalar;
  report_.add(entry.value.place, path + "." + shortened(entry.key),
              problem_text("wrong type", "a list of at least one value", shown(entry.value),
                           one ? "write [" + shown(entry.value) + "]" : ""));
  return false;
}

std::string SettingReader::key(const Entry& entry) const { return canonical_key(whole_.schema, entry.key); }

Field* SettingReader::field(const Entry& entry) {
  const std::string path = key(entry);
  Field* found = find_field(whole_.schema, path);
  if (!found) {
    report_.add(entry.place, shortened(path), unknown_key(whole_.schema, path));
  } else if (!can_be_swept(path)) {
    report_.add(entry.place, path, "cannot be swept; expected a key that changes the numbers");
    found = nullptr;
  }
  return found;
}

std::shared_ptr<const Swept> SettingReader::value(const Entry& entry, const Node& node) {
  Field* found = field(entry);
  if (!found) return nullptr;
  const std::string path = key(entry);
  Report problems;
  read_value(*found, node, path, problems);
  report_.add(problems);
  if (!problems.empty()) return nullptr;
  return std::make_shared<const Swept>(Swept{path, node, value_text(*found)});
}

}  // namespace tsd::config
