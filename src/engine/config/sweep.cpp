#include "engine/config/sweep.hpp"

#include <algorithm>

#include "engine/config/space.hpp"
#include "engine/config/text.hpp"
#include "engine/yaml/scalar.hpp"

namespace tsd::config {

// Fills a sweep and reports what is wrong on the way.
class Sweep::Parser {
 public:
  Parser(Sweep& sweep, const Family& family, Report& report)
      : sweep_(sweep), reader_(family, report), report_(report) {}

  void parse(const Node& node) {
    if (!is_mapping(node)) return reader_.wrong(node, "sweep", "a mapping with blocks, grid, list or random");
    const Entry* blocks = node.find("blocks");
    std::vector<std::string> keys = {"first_index", "blocks"};
    if (!blocks) keys.insert(keys.end(), kKinds.begin(), kKinds.end());
    const bool known = reader_.check_keys(node, "sweep", keys);
    if (const Entry* first = node.find("first_index")) parse_first_index(first->value);
    if (!blocks) {
      parse_block(node, "sweep", known);
    } else if (!is_sequence(blocks->value) || blocks->value.items.empty()) {
      reader_.wrong(blocks->value, "sweep.blocks", "a list of at least one block");
    } else {
      for (std::size_t i = 0; i < blocks->value.items.size(); ++i) {
        const std::string path = "sweep.blocks[" + std::to_string(i) + "]";
        const Node& block = blocks->value.items[i];
        if (!is_mapping(block)) {
          reader_.wrong(block, path, "a mapping with grid, list or random");
          continue;
        }
        parse_block(block, path, reader_.check_keys(block, path, kKinds));
      }
    }
  }

 private:
  static inline const std::vector<std::string> kKinds = {"grid", "list", "random"};

  void parse_first_index(const Node& node) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    std::int64_t& first = sweep_.first_index_;
    if (node.kind != Node::Kind::scalar || node.quoted || scan_integer(node.text, first) != Scan::ok ||
        first < 0 || first > kMost) {
      reader_.wrong(node, "sweep.first_index", "an integer of at least 0");
      first = 0;
    }
  }

  void parse_block(const Node& block, const std::string& path, bool keys_are_known) {
    const Entry *grid = block.find("grid"), *list = block.find("list"), *random = block.find("random");
    if (!grid && !list && !random && !keys_are_known) return;  // the misspelt one has been told
    if (list ? grid || random : !grid && !random) {
      report_.add(block.place, path,
                  problem_text("not a block", "grid, list, random, or random with grid",
                               !list              ? "none"
                               : (grid && random) ? "all three"
                                                  : "list beside another"));
    } else if (list) {
      parse_list(list->value, path + ".list");
    } else {
      std::vector<Setting> drawn = {{}}, listed = {{}};
      if (random) drawn = read_random(random->value, path + ".random", reader_);
      if (grid) listed = parse_grid(grid->value, path + ".grid");
      if (too_many(drawn.size() * listed.size(), block, path)) return;
      if (random && grid && !drawn.empty() && !listed.empty())
        refuse_shared(drawn.front(), listed.front(), block, path);
      for (const Setting& one : drawn)
        for (const Setting& other : listed) {
          Setting both = one;
          both.insert(both.end(), other.begin(), other.end());
          add(std::move(both), grid ? grid->value : random->value, path + (grid ? ".grid" : ".random"));
        }
    }
  }

  void refuse_shared(const Setting& drawn, const Setting& listed, const Node& block,
                     const std::string& path) {
    for (const auto& a : drawn)
      for (const auto& b : listed)
        if (a->key == b->key)
          report_.add(block.place, path,
                      problem_text("sets a key twice", a->key + " in random or in grid", "both"));
  }

  std::vector<Setting> parse_grid(const Node& grid, const std::string& path) {
    if (!is_mapping(grid) || grid.entries.empty()) {
      reader_.wrong(grid, path, "a mapping of keys to lists of values");
      return {};
    }
    std::vector<Setting> axes;
    std::size_t total = 1;
    for (const Entry& entry : grid.entries) {
      if (!reader_.is_list(entry, path)) continue;
      Setting axis;
      for (const Node& node : entry.value.items)
        if (auto value = reader_.value(entry, node)) axis.push_back(std::move(value));
      axes.push_back(std::move(axis));
      total *= std::min(axes.back().size(), kMostSettings + 1);
      if (too_many(total, grid, path)) return {};
    }
    std::vector<Setting> all;
    for (std::size_t i = 0; i < total; ++i) {
      Setting setting(axes.size());
      std::size_t rest = i;
      for (std::size_t a = axes.size(); a-- > 0; rest /= axes[a].size())
        setting[a] = axes[a][rest % axes[a].size()];
      all.push_back(std::move(setting));
    }
    return all;
  }

  void parse_list(const Node& list, const std::string& path) {
    if (!is_sequence(list) || list.items.empty())
      return reader_.wrong(list, path, "a list of at least one mapping of keys to values");
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      if (!is_mapping(item)) {
        reader_.wrong(item, item_path, "a mapping of keys to values");
        continue;
      }
      Setting setting;
      for (const Entry& entry : item.entries)
        if (auto value = reader_.value(entry, entry.value)) setting.push_back(std::move(value));
      if (too_many(1, list, path)) return;
      add(std::move(setting), item, item_path);
    }
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
  SettingReader reader_;
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

}  // namespace tsd::config
