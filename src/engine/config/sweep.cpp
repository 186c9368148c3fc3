#include "engine/config/sweep.hpp"


#include "engine/config/reader.hpp"
#include "engine/config/scalar.hpp"
#include "engine/config/value.hpp"
#include "engine/config/whole.hpp"

namespace tsd::config {
namespace {

constexpr std::size_t kMostIndices = 1'000'000;

class SweepReader {
 public:
  SweepReader(const Family& family, Report& report) : family_(family), report_(report) {}

  Sweep read(const Node& node) {
    if (!is_mapping(node, "sweep", "first_index and blocks")) return {};
    for (const Entry& entry : node.entries) {
      if (entry.key == "first_index") read_first(entry.value);
      else if (entry.key == "blocks") read_blocks(entry.value);
      else report_.add(entry.place, "sweep." + entry.key, "unknown key; expected one of first_index, blocks");
    }
    if (report_.empty() && sweep_.settings.empty())
      report_.add(node.place, "sweep", problem_text("is empty", "at least one block", "no index"));
    find_repetitions(node);
    return std::move(sweep_);
  }

 private:
  bool is_mapping(const Node& node, const std::string& key, const std::string& of) {
    if (node.kind == Node::Kind::mapping) return true;
    report_.add(node.place, key, problem_text("wrong type", "a mapping of " + of, shown(node)));
    return false;
  }
  bool is_list(const Node& node, const std::string& key, const std::string& of) {
    if (node.kind == Node::Kind::sequence && !node.items.empty()) return true;
    report_.add(node.place, key, problem_text("wrong type", "a list of " + of, node.kind == Node::Kind::sequence ? "[]" : shown(node)));
    return false;
  }

  void read_first(const Node& node) {
    if (node.kind != Node::Kind::scalar || node.quoted || scan_integer(node.text, sweep_.first_index) != Scan::ok || sweep_.first_index < 0)
      report_.add(node.place, "sweep.first_index", problem_text("wrong type", "an integer from 0", shown(node)));
  }

  void read_blocks(const Node& node) {
    if (!is_list(node, "sweep.blocks", "blocks, each a grid or a list")) return;
    for (std::size_t b = 0; b < node.items.size(); ++b) {
      const std::string key = "sweep.blocks[" + std::to_string(b) + "]";
      const Node& block = node.items[b];
      if (!is_mapping(block, key, "grid or list")) continue;
      if (block.entries.size() != 1 || (block.entries[0].key != "grid" && block.entries[0].key != "list")) {
        report_.add(block.place, key, problem_text("not a block", "grid: {key: [values]} or list: [{key: value}]", std::to_string(block.entries.size()) + " keys"));
        continue;
      }
      const Entry& entry = block.entries[0];
      entry.key == "grid" ? read_grid(entry.value, key + ".grid") : read_list(entry.value, key + ".list");
    }
  }

  void read_grid(const Node& node, const std::string& where) {
    if (!is_mapping(node, where, "keys and lists of values")) return;
    std::vector<std::vector<Setting>> combinations(1);
    for (const Entry& entry : node.entries) {
      if (!is_list(entry.value, where + "." + entry.key, "values")) return;
      check_key(entry);
      std::vector<std::vector<Setting>> longer;
      if (combinations.size() * entry.value.items.size() > kMostIndices) {
        report_.add(entry.place, where, problem_text("too many indices", "at most " + std::to_string(kMostIndices), "more"));
        return;
      }
      for (const auto& combination : combinations)
        for (const Node& value : entry.value.items) {
          longer.push_back(combination);
          longer.back().emplace_back(entry.key, value);
        }
      combinations = std::move(longer);
      for (const Node& value : entry.value.items) check_value(entry.key, value);
    }
    for (auto& combination : combinations) add(std::move(combination));
  }

  void read_list(const Node& node, const std::string& where) {
    if (!is_list(node, where, "mappings of key: value")) return;
    for (const Node& item : node.items) {
      if (!is_mapping(item, where, "key: value")) continue;
      std::vector<Setting> settings;
      for (const Entry& entry : item.entries) {
        check_key(entry);
        check_value(entry.key, entry.value);
        settings.emplace_back(entry.key, entry.value);
      }
      add(std::move(settings));
    }
  }

  void check_key(const Entry& entry) {
    Whole whole(family_);
    if (entry.key == "family" || !find_field(whole.schema, entry.key))
      report_.add(entry.place, entry.key, unknown_key(whole.schema, entry.key));
  }

  void check_value(const std::string& key, const Node& value) {
    Whole whole(family_);
    if (Field* field = find_field(whole.schema, key)) read_value(*field, value, key, report_);
  }

  void add(std::vector<Setting> settings) {
    Whole whole(family_);
    Report ignored;  // what is wrong has been reported already
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : settings)
      if (Field* field = find_field(whole.schema, key)) {
        read_value(*field, value, key, ignored);
        texts[key] = value_text(*field);
      }
    sweep_.settings.push_back(std::move(settings));
    sweep_.texts.push_back(std::move(texts));
  }

  void find_repetitions(const Node& node) {
    if (!report_.empty()) return;
    std::map<std::map<std::string, std::string>, std::size_t> seen;
    for (std::size_t i = 0; i < sweep_.texts.size(); ++i) {
      const auto [first, is_new] = seen.emplace(sweep_.texts[i], i);
      if (is_new) continue;
      const auto number = [&](std::size_t k) { return std::to_string(sweep_.first_index + static_cast<std::int64_t>(k)); };
      report_.add(node.place, "sweep", problem_text("two indices have the same settings", "different ones", "indices " + number(first->second) + " and " + number(i)));
      return;
    }
  }

  const Family& family_;
  Report& report_;
  Sweep sweep_;
};

}  // namespace

Sweep read_sweep(const Node& node, const Family& family, Report& report) { return SweepReader(family, report).read(node); }

}  // namespace tsd::config
