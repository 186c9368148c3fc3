// A YAML document with the place of each key and value. Built from yaml-cpp's events, because its Node hides
// duplicate keys, quoting, tags and second documents.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/report.hpp"

namespace tsd::config {

struct Entry;

struct Node {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  bool quoted = false;         // a scalar in quotes, or a block scalar: text, never a number
  std::string text;            // scalar
  std::vector<Node> items;     // sequence
  std::vector<Entry> entries;  // mapping, in file order, keys unique
  Place place;

  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  void remove(std::string_view key);
};

struct Entry {
  std::string key;
  Place place;  // of the key
  Node value;
};

// As in an error message: `0x10`, `"quoted"`, `null`, `a list`, `a mapping`.
std::string shown(const Node& node);

// The single document in `text`, or nothing and problems in the report. An empty document is null.
std::optional<Node> parse_document(std::string_view text, const std::shared_ptr<const Source>& source,
                                   Report& report);

// The root mapping of a file (empty for an empty file). MissingInput if it cannot be read.
std::optional<Node> read_document(const std::filesystem::path& path,
                                  const std::shared_ptr<const Source>& source, Report& report);

// Mappings are merged key by key; anything else in `upper` replaces what `lower` has. Places stay with their
// values.
void merge(Node& lower, const Node& upper);

// Every value below a mapping under its key.path, as YAML text in flow style.
std::map<std::string, std::string> flattened(const Node& mapping);

// {a: {b: value}} for "a.b".
Node nested(const std::string& key_path, const Place& place, Node value);

}  // namespace tsd::config
