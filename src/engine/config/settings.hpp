// What the parts of a sweep are read with: one set of fields, one report.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/config/report.hpp"
#include "engine/config/whole.hpp"
#include "engine/yaml/document.hpp"

namespace tsd::config {

// A value of a key that is swept.
struct Swept {
  std::string key;  // path of the field
  Node node;
  std::string text;  // canonical
};
using Setting = std::vector<std::shared_ptr<const Swept>>;

constexpr std::size_t kMostSettings = 100'000;

inline bool is_mapping(const Node& node) { return node.kind == Node::Kind::mapping; }
inline bool is_sequence(const Node& node) { return node.kind == Node::Kind::sequence; }

class SettingReader {
 public:
  SettingReader(const Family& family, Report& report) : whole_(family), report_(report) {}

  Report& report() { return report_; }
  void wrong(const Node& node, const std::string& path, const std::string& expected);
  // Unknown ones are reported; false where there are any.
  bool check_keys(const Node& node, const std::string& path, const std::vector<std::string>& known);
  // A list of at least one value, reported where it is none.
  bool is_list(const Entry& entry, const std::string& path);

  std::string key(const Entry& entry) const;  // by its present name
  // The field that a key of a sweep names; null, and reported, where there is none that can be swept.
  Field* field(const Entry& entry);
  // The value checked against the field of its key; null, and reported, where it does not fit.
  std::shared_ptr<const Swept> value(const Entry& entry, const Node& node);

 private:
  Whole whole_;
  Report& report_;
};

}  // namespace tsd::config
