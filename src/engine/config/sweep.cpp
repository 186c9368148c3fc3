#include "engine/config/sweep.hpp"

#include <algorithm>

#include "engine/config/text.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/reader.hpp"
#include "engine/schema/value.hpp"
#include "engine/schema/words.hpp"
#include "engine/yaml/scalar.hpp"

namespace tsd::config {
namespace {

constexpr std::size_t kMostSettings = 100'000;

bool is_mapping(const Node& node) { return node.kind == Node::Kind::mapping; }
bool is_sequence(const Node& node) { return node.kind == Node::Kind::sequence; }

}  // namespace

// Fills a sweep and reports what is wrong on the way.
class Sweep::Parser {
 public:
  Parser(Sweep& sweep, const Family& family, Report& report)
      : sweep_(sweep), family_(family), report_(report) {}

  void parse(const Node& node) {
    if (!is_mapping(node)) return wrong(node, "sweep", "a mapping with blocks, grid or list");
    const Entry* blocks = node.find("blocks");
    const bool known =
        check_keys(node, "sweep",
                   blocks ? Keys{"first_index", "blocks"} : Keys{"first_index", "blocks", "grid", "list"});
    if (const Entry* first = node.find("first_index")) parse_first_index(first->value);
    if (!blocks) {
      parse_block(node, "sweep", known);
    } else if (!is_sequence(blocks->value) || blocks->value.items.empty()) {
      wrong(blocks->value, "sweep.blocks", "a list of at least one block");
    } else {
      for (std::size_t i = 0; i < blocks->value.items.size(); ++i) {
        const std::string path = "sweep.blocks[" + std::to_string(i) + "]";
        const Node& block = blocks->value.items[i];
        if (!is_mapping(block)) {
          wrong(block, path, "a mapping with grid or list");
          continue;
        }
        parse_block(block, path, check_keys(block, path, {"grid", "list"}));
      }
    }
  }

 private:
  using Keys = std::vector<std::string>;

  void wrong(const Node& node, const std::string& path, const std::string& expected) {
    report_.add(node.place, path, problem_text("wrong type", expected, shown(node)));
  }

  bool check_keys(const Node& node, const std::string& path, const Keys& known) {
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

  void parse_first_index(const Node& node) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    std::int64_t& first = sweep_.first_index_;
    if (node.kind != Node::Kind::scalar || node.quoted || scan_integer(node.text, first) != Scan::ok ||
        first < 0 || first > kMost) {
      wrong(node, "sweep.first_index", "an integer of at least 0");
      first = 0;
    }
  }

  void parse_block(const Node& block, const std::string& path, bool keys_are_known) {
    const Entry* grid = block.find("grid");
    const Entry* list = block.find("list");
    if (!grid && !list && !keys_are_known) return;  // the misspelt one has been told
    if (!grid == !list) {
      report_.add(block.place, path,
                  problem_text("not a block", "either grid or list", grid ? "both" : "neither"));
    } else if (grid) {
      parse_grid(grid->value, path + ".grid");
    } else {
      parse_list(list->value, path + ".list");
    }
  }

  void parse_grid(const Node& grid, const std::string& path) {
    if (!is_mapping(grid) || grid.entries.empty())
      return wrong(grid, path, "a mapping of keys to lists of values");
    std::vector<Setting> axes;
    std::size_t total = 1;
    for (const Entry& entry : grid.entries) {
      if (!is_sequence(entry.value) || entry.value.items.empty()) {
        const bool one = entry.value.kind == Node::Kind::scalar;
        report_.add(entry.value.place, path + "." + shortened(entry.key),
                    problem_text("wrong type", "a list of at least one value", shown(entry.value),
                                 one ? "write [" + shown(entry.value) + "]" : ""));
        continue;
      }
      Setting axis;
      for (const Node& node : entry.value.items)
        if (auto value = parse_value(entry, node)) axis.push_back(std::move(value));
      axes.push_back(std::move(axis));
      total *= std::min(axes.back().size(), kMostSettings + 1);
      if (too_many(total, grid, path)) return;
    }
    for (std::size_t i = 0; i < total; ++i) {
      Setting setting(axes.size());
      std::size_t rest = i;
      for (std::size_t a = axes.size(); a-- > 0; rest /= axes[a].size())
        setting[a] = axes[a][rest % axes[a].size()];
      add(std::move(setting), grid, path);
    }
  }

  void parse_list(const Node& list, const std::string& path) {
    if (!is_sequence(list) || list.items.empty())
      return wrong(list, path, "a list of at least one mapping of keys to values");
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      if (!is_mapping(item)) {
        wrong(item, item_path, "a mapping of keys to values");
        continue;
      }
      Setting setting;
      for (const Entry& entry : item.entries)
        if (auto value = parse_value(entry, entry.value)) setting.push_back(std::move(value));
      if (too_many(1, list, path)) return;
      add(std::move(setting), item, item_path);
    }
  }

  std::shared_ptr<const Value> parse_value(const Entry& entry, const Node& node) {
    const std::string key = canonical_key(Whole(family_).schema, entry.key);
    const auto text = canonical_text(family_, key, node, entry.place, report_);
    return text ? std::make_shared<const Value>(Value{key, node, *text}) : nullptr;
  }

  bool too_many(std::size_t more, const Node& node, const std::string& path) {
    if (sweep_.settings_.size() + more <= kMostSettings) return false;
    report_.add(node.place, path,
                "too many settings; expected at most " + std::to_string(kMostSettings) + " in a sweep");
    return true;
  }

  void add(Setting setting, const Node& node, const std::string& path) {
    const std::int64_t index = sweep_.first_index_ + sweep_.size();
    sweep_.settings_.push_back(std::move(setting));
    const auto [same, is_new] = sweep_.index_of_.emplace(sweep_.texts(index), index);
    if (!is_new)
      report_.add(node.place, path,
                  "equal settings; indices " + std::to_string(same->second) + " and " +
                      std::to_string(index) + " would be the same run");
  }

  Sweep& sweep_;
  const Family& family_;
  Report& report_;
};

Sweep::Sweep(const Node& node, const Family& family, Report& report) {
  Parser(*this, family, report).parse(node);
}

std::map<std::string, std::string> Sweep::texts(std::int64_t index) const {
  std::map<std::string, std::string> texts;
  for (const auto& value : at(index)) texts.emplace(value->key, value->text);
  return texts;
}

std::optional<std::int64_t> Sweep::find(const std::map<std::string, std::string>& texts) const {
  const auto found = index_of_.find(texts);
  return found == index_of_.end() ? std::nullopt : std::optional(found->second);
}

bool Sweep::sweeps(const std::string& key_path) const {
  const auto is_above = [](const std::string& a, const std::string& b) { return b.starts_with(a + "."); };
  for (const Setting& setting : settings_)
    for (const auto& value : setting)
      if (value->key == key_path || is_above(value->key, key_path) || is_above(key_path, value->key))
        return true;
  return false;
}

std::optional<std::string> canonical_text(const Family& family, const std::string& key_path, const Node& node,
                                          const Place& key_place, Report& report) {
  Whole whole(family);
  Field* field = find_field(whole.schema, key_path);
  if (!field) {
    report.add(key_place, shortened(key_path), unknown_key(whole.schema, key_path));
    return std::nullopt;
  }
  if (!can_be_swept(key_path)) {
    report.add(key_place, key_path, "cannot be swept; expected a key that changes the numbers");
    return std::nullopt;
  }
  Report problems;
  read_value(*field, node, key_path, problems);
  report.add(problems);
  return problems.empty() ? std::optional(value_text(*field)) : std::nullopt;
}

}  // namespace tsd::config
