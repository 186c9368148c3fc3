#include "engine/schema/reader.hpp"

#include <algorithm>
#include <cctype>

#include "engine/config/text.hpp"
#include "engine/schema/value.hpp"
#include "engine/schema/words.hpp"
#include "engine/yaml/scalar.hpp"

namespace tsd::config {
namespace {

std::string below(const std::string& prefix, const std::string& key) {
  return prefix.empty() ? key : prefix + "." + key;
}

std::string last_part(const std::string& key_path) { return key_path.substr(key_path.rfind('.') + 1); }

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

template <class Things>
auto* named(Things& things, const std::string& key) {
  const auto found =
      std::find_if(things.begin(), things.end(), [&](const auto& thing) { return thing.key == key; });
  return found == things.end() ? nullptr : &*found;
}

std::vector<std::string> keys_of(const Schema& schema) {
  std::vector<std::string> keys;
  for (const Field& field : schema.fields()) keys.push_back(field.key);
  for (const Schema::Group& group : schema.groups()) keys.push_back(group.key);
  return keys;
}

const Schema* find_group(const Schema& schema, const std::string& key_path) {
  const std::size_t dot = key_path.find('.');
  const Schema::Group* group = named(schema.groups(), key_path.substr(0, dot));
  if (!group || dot == std::string::npos) return group ? group->schema.get() : nullptr;
  return find_group(*group->schema, key_path.substr(dot + 1));
}

void add_key_paths(const Schema& schema, const std::string& prefix, std::vector<std::string>& paths) {
  for (const Field& field : schema.fields()) paths.push_back(below(prefix, field.key));
  for (const Schema::Group& group : schema.groups())
    add_key_paths(*group.schema, below(prefix, group.key), paths);
}

class Reader {
 public:
  Reader(Schema& root, Missing missing, Report& report) : root_(root), missing_(missing), report_(report) {}

  void read(Schema& schema, const Node& mapping, const std::string& prefix) {
    places_.emplace(prefix, mapping.place);
    for (const Entry& entry : mapping.entries) {
      const std::string key = below(prefix, entry.key);
      if (Field* field = named(schema.fields(), entry.key)) {
        places_.emplace(key, entry.value.place);
        read_value(*field, entry.value, key, report_);
      } else if (Schema::Group* group = named(schema.groups(), entry.key)) {
        read_group(*group, entry.value, key);
      } else if (schema.aliases().contains(entry.key)) {
        aliased_.push_back({&schema, prefix, &entry});
      } else if (schema.fixed().contains(entry.key)) {
        read_fixed(schema.fixed().at(entry.key), entry.value, key);
      } else {
        report_.add(entry.place, below(prefix, shortened(entry.key)), unknown(entry, key));
      }
    }
    if (missing_ == Missing::reported) find_missing(schema, mapping.place, prefix);
  }

  // Once everything is read, so that a value given twice is seen.
  void read_aliases() {
    for (const auto& [schema, prefix, entry] : aliased_) {
      const std::string& path = schema->aliases().at(entry->key);
      const bool of_root = path.starts_with('/');
      const std::string key = of_root ? path.substr(1) : below(prefix, path);
      Field& field = *find_field(of_root ? root_ : *schema, of_root ? key : path);
      const auto [place, is_first] = places_.emplace(key, entry->value.place);
      const bool here_on_command_line = !entry->value.place.source->is_file;
      if (!is_first && here_on_command_line != !place->second.source->is_file) {  // which rules
        if (!here_on_command_line) continue;
        place->second = entry->value.place;
        read_value(field, entry->value, key, report_);
        continue;
      }
      const std::string before = value_text(field);
      read_value(field, entry->value, key, report_);
      if (!is_first && value_text(field) != before)
        report_.add(entry->place, below(prefix, entry->key),
                    "given twice; it stands for " + key + ", which is " + before);
    }
  }

  Places take_places() { return std::move(places_); }

 private:
  struct Aliased {
    Schema* schema;
    std::string prefix;
    const Entry* entry;
  };

  std::string unknown(const Entry& entry, const std::string& key) const {
    if (report_.is_full()) return "unknown key";
    const bool dotted = entry.key.find('.') != std::string::npos;
    return dotted ? "unknown key; in a file, groups are nested mappings" : unknown_key(root_, key);
  }

  // Numbers are compared as such, so that 0. is 0.
  void read_fixed(const std::vector<std::string>& values, const Node& node, const std::string& key) {
    const auto says = [&](const std::string& value) {
      double given = 0, wanted = 1;
      return node.kind == Node::Kind::scalar &&
             (lower(node.text) == value || (scan_double(node.text, given) == Scan::ok &&
                                            scan_double(value, wanted) == Scan::ok && given == wanted));
    };
    if (std::none_of(values.begin(), values.end(), says))
      report_.add(
          node.place, key,
          problem_text("there is no choice", joined(values, " or ") + ", or no such key", shown(node)));
  }

  void read_group(Schema::Group& group, const Node& node, const std::string& key) {
    if (node.kind == Node::Kind::mapping)
      read(*group.schema, node, key);
    else
      report_.add(
          node.place, key,
          problem_text("wrong type", "a mapping of " + joined(keys_of(*group.schema), ", "), shown(node)));
  }

  void find_missing(const Schema& schema, const Place& place, const std::string& prefix) {
    for (const Field& field : schema.fields()) {
      const std::string key = below(prefix, field.key);
      if (field.is_required && !places_.contains(key))
        report_.add(place, key, problem_text("required key is missing", expected_text(field), "nothing"));
    }
    for (const Schema::Group& group : schema.groups()) {
      const std::string key = below(prefix, group.key);
      if (!places_.contains(key)) find_missing(*group.schema, place, key);
    }
  }

  Schema& root_;
  Missing missing_;
  Report& report_;
  Places places_;
  std::vector<Aliased> aliased_;
};

}  // namespace

Places read_mapping(Schema& schema, const Node& mapping, Missing missing, Report& report) {
  Reader reader(schema, missing, report);
  reader.read(schema, mapping, "");
  reader.read_aliases();
  return reader.take_places();
}

std::string canonical_key(const Schema& schema, const std::string& key_path) {
  const std::size_t dot = key_path.find('.');
  const std::string first = key_path.substr(0, dot);
  if (dot == std::string::npos) {
    for (const Field& field : schema.fields())
      if (!first.empty() && field.former_key == first) return field.key;
    return first;
  }
  const Schema::Group* group = named(schema.groups(), first);
  return group ? below(first, canonical_key(*group->schema, key_path.substr(dot + 1))) : key_path;
}

void rename_former(const Schema& schema, Node& mapping, const std::string& prefix, Report& report) {
  if (mapping.kind != Node::Kind::mapping) return;
  for (const Schema::Group& group : schema.groups())
    if (Entry* entry = mapping.find(group.key))
      rename_former(*group.schema, entry->value, below(prefix, group.key), report);
  for (const Field& field : schema.fields()) {
    Entry* former = field.former_key.empty() ? nullptr : mapping.find(field.former_key);
    if (!former) continue;
    const Entry* now = mapping.find(field.key);
    const int rank = former->value.place.source->rank;
    if (now && now->value.place.source->rank == rank)
      report.add(former->place, below(prefix, former->key),
                 "given twice; it is the former name of " + below(prefix, field.key));
    if (now && now->value.place.source->rank >= rank) {
      mapping.remove(field.former_key);
    } else {
      if (now) mapping.remove(field.key);
      mapping.find(field.former_key)->key = field.key;
    }
  }
}

Field* find_field(Schema& schema, const std::string& key_path) {
  const std::size_t dot = key_path.find('.');
  if (dot == std::string::npos) return named(schema.fields(), key_path);
  Schema::Group* group = named(schema.groups(), key_path.substr(0, dot));
  return group ? find_field(*group->schema, key_path.substr(dot + 1)) : nullptr;
}

std::vector<std::string> key_paths(const Schema& schema) {
  std::vector<std::string> paths;
  add_key_paths(schema, "", paths);
  return paths;
}

std::string unknown_key(const Schema& root, const std::string& key_path) {
  if (const Schema* itself = find_group(root, key_path))
    return "a group, not a value; expected one of its keys " + joined(keys_of(*itself), ", ");
  const std::size_t dot = key_path.rfind('.');
  const std::string last = last_part(key_path);
  const Schema* group = dot == std::string::npos ? &root : find_group(root, key_path.substr(0, dot));
  const std::vector<std::string> beside = group ? keys_of(*group) : std::vector<std::string>();
  std::string meant = nearest(last, beside);
  if (meant.empty()) {  // the wrong group, perhaps
    std::vector<std::string> names;
    const std::vector<std::string> paths = key_paths(root);
    for (const std::string& path : paths) names.push_back(last_part(path));
    const auto found = std::find(names.begin(), names.end(), nearest(last, names));
    if (found != names.end()) meant = paths[static_cast<std::size_t>(found - names.begin())];
  }
  if (!meant.empty()) return "unknown key; did you mean " + meant + "?";
  const bool too_many = beside.size() > 12;  // to read; the reference lists them
  return "unknown key" + (beside.empty() || too_many ? "" : "; expected one of " + joined(beside, ", "));
}

}  // namespace tsd::config
