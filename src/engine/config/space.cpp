#include "engine/config/space.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <variant>

#include "engine/config/text.hpp"
#include "engine/yaml/scalar.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::config {

double draw(std::uint64_t seed, std::string_view key, std::uint64_t k) {
  const auto words = Philox(seed, "sweep " + std::string(key)).block(k);
  return static_cast<double>((std::uint64_t{words[0]} << 32 | words[1]) >> 11) * 0x1p-53;
}

std::vector<double> latin_draws(std::uint64_t seed, std::string_view key, std::int64_t n) {
  std::vector<double> parts(static_cast<std::size_t>(n));
  std::iota(parts.begin(), parts.end(), 0.0);
  Philox order(seed, "latin " + std::string(key));
  for (std::size_t i = parts.size(); i-- > 1;) std::swap(parts[i], parts[order.below(i + 1)]);
  for (std::size_t k = 0; k < parts.size(); ++k)
    parts[k] = std::min((parts[k] + draw(seed, key, k)) / static_cast<double>(n), 1 - 0x1p-53);
  return parts;
}

namespace {

enum class Kind { uniform, log_uniform, integer, choice };
const std::vector<std::string> kKinds = {"uniform", "log_uniform", "integer", "choice"};

// A key of the space, and how a number from 0 on and below 1 becomes its value.
struct Axis {
  const Entry* entry = nullptr;
  Kind kind = Kind::choice;
  double low = 0, high = 0;
  std::int64_t first = 0, last = 0;  // integer
  const std::vector<Node>* choices = nullptr;

  double size() const;  // different values
  Node at(double u) const;
};

double Axis::size() const {
  if (kind == Kind::integer) return static_cast<double>(last - first) + 1;
  return kind == Kind::choice ? static_cast<double>(choices->size()) : INFINITY;
}

double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", value);
  return std::stod(text);
}

Node scalar_node(std::string text, const Place& place) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = std::move(text);
  node.place = place;
  return node;
}

Node Axis::at(double u) const {
  switch (kind) {
    case Kind::uniform:
      return scalar_node(double_text(std::min(low + (high - low) * u, high)), entry->place);
    case Kind::log_uniform:
      return scalar_node(double_text(std::clamp(rounded(low * std::pow(high / low, u)), low, high)),
                         entry->place);
    case Kind::integer:
      return scalar_node(std::to_string(first + static_cast<std::int64_t>(std::floor(size() * u))),
                         entry->place);
    case Kind::choice:
      break;
  }
  return (*choices)[static_cast<std::size_t>(size() * u)];
}

enum class Holds { numbers, integers, others };

Holds holds(const Field& field) {
  return std::visit(
      []<class T>(T*) {
        if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::optional<double>>)
          return Holds::numbers;
        else if constexpr ((std::is_integral_v<T> && !std::is_same_v<T, bool>) ||
                           std::is_same_v<T, std::optional<int>> ||
                           std::is_same_v<T, std::optional<std::int64_t>>)
          return Holds::integers;
        else
          return Holds::others;
      },
      field.target);
}

class SpaceReader {
 public:
  SpaceReader(const std::string& path, SettingReader& reader) : path_(path), reader_(reader) {}

  std::vector<Setting> read(const Node& random) {
    if (!is_mapping(random)) {
      reader_.wrong(random, path_, "a mapping with n, seed, method and space");
      return {};
    }
    bool good = reader_.check_keys(random, path_, {"n", "seed", "method", "space"});
    good &= read_count(random);
    good &= read_seed(random);
    good &= read_method(random);
    good &= read_space(random);
    return good && few_enough(*random.find("n")) ? settings() : std::vector<Setting>();
  }

 private:
  void missing(const Node& random, const std::string& key, const std::string& expected) {
    reader_.report().add(random.place, path_ + "." + key,
                         problem_text("required key is missing", expected, "nothing"));
  }

  bool read_count(const Node& random) {
    const std::string expected = "an integer from 1 to " + std::to_string(kMostSettings);
    const Entry* n = random.find("n");
    if (!n) return missing(random, "n", expected), false;
    if (n->value.kind == Node::Kind::scalar && !n->value.quoted &&
        scan_integer(n->value.text, n_) == Scan::ok && n_ >= 1 &&
        n_ <= static_cast<std::int64_t>(kMostSettings))
      return true;
    return reader_.wrong(n->value, path_ + ".n", expected), false;
  }

  bool read_seed(const Node& random) {
    const Entry* seed = random.find("seed");
    if (!seed) return true;
    if (seed->value.kind == Node::Kind::scalar && !seed->value.quoted &&
        scan_integer(seed->value.text, seed_) == Scan::ok)
      return true;
    return reader_.wrong(seed->value, path_ + ".seed", "an integer of at least 0"), false;
  }

  bool read_method(const Node& random) {
    const Entry* method = random.find("method");
    if (!method) return true;
    latin_ = method->value.text == "latin_hypercube";
    if (method->value.kind == Node::Kind::scalar && (latin_ || method->value.text == "independent"))
      return true;
    return reader_.wrong(method->value, path_ + ".method", "independent or latin_hypercube"), false;
  }

  bool read_space(const Node& random) {
    const std::string expected = "a mapping of keys to " + joined(kKinds, ", ");
    const Entry* space = random.find("space");
    if (!space) return missing(random, "space", expected), false;
    if (!is_mapping(space->value) || space->value.entries.empty())
      return reader_.wrong(space->value, path_ + ".space", expected), false;
    bool good = true;
    for (const Entry& entry : space->value.entries) {
      Axis axis;
      axis.entry = &entry;
      const Field* field = reader_.field(entry);
      if (read_axis(entry, field, axis) && field)
        axes_.push_back(axis);
      else
        good = false;
    }
    return good;
  }

  // What a key draws from: one of kKinds.
  bool read_axis(const Entry& entry, const Field* field, Axis& axis) {
    const std::string path = path_ + ".space." + shortened(entry.key);
    const Node& node = entry.value;
    if (!is_mapping(node) || node.entries.size() != 1) {
      const bool list = is_sequence(node);
      reader_.report().add(node.place, path,
                           problem_text("wrong type", "one of " + joined(kKinds, ", "), shown(node),
                                        list ? "for one of these write {choice: [...]}" : ""));
      return false;
    }
    if (!reader_.check_keys(node, path, kKinds)) return false;
    const Entry& given = node.entries.front();
    axis.kind = static_cast<Kind>(std::ranges::find(kKinds, given.key) - kKinds.begin());
    return axis.kind == Kind::choice
               ? read_choices(entry, given, path, axis)
               : fits(given, field, path) && read_bounds(entry, given, field, path, axis);
  }

  // Whether such a draw is of the field's type.
  bool fits(const Entry& given, const Field* field, const std::string& path) {
    if (!field) return false;
    const Holds held = holds(*field);
    const bool whole = given.key == "integer";
    if (held == Holds::numbers || (held == Holds::integers && whole)) return true;
    reader_.report().add(given.place, path,
                         problem_text("the key takes no such number",
                                      held == Holds::integers ? "integer or choice" : "choice", given.key));
    return false;
  }

  bool read_choices(const Entry& entry, const Entry& given, const std::string& path, Axis& axis) {
    if (!reader_.is_list(given, path)) return false;
    std::set<std::string> texts;
    bool good = true;
    for (const Node& node : given.value.items) {
      const auto value = reader_.value(entry, node);
      good &= value != nullptr;
      if (value && !texts.insert(value->text).second) {
        reader_.report().add(node.place, path, "repeats a value; expected different ones");
        good = false;
      }
    }
    axis.choices = &given.value.items;
    return good;
  }

  bool read_bounds(const Entry& entry, const Entry& given, const Field* field, const std::string& path,
                   Axis& axis) {
    const Node& node = given.value;
    const std::string expected = "[low, high], two numbers";
    if (!is_sequence(node) || node.items.size() != 2)
      return reader_.wrong(node, path + "." + given.key, expected), false;
    bool good = true;
    for (const Node& bound : node.items) good &= reader_.value(entry, bound) != nullptr;  // as any value
    if (!good || !field) return false;
    const Node &low = node.items[0], &high = node.items[1];
    if (scan_double(low.text, axis.low) != Scan::ok || scan_double(high.text, axis.high) != Scan::ok ||
        !std::isfinite(axis.low) || !std::isfinite(axis.high))
      return reader_.wrong(node, path + "." + given.key, expected), false;
    if (axis.kind == Kind::integer &&
        (scan_integer(low.text, axis.first) != Scan::ok || scan_integer(high.text, axis.last) != Scan::ok ||
         std::max(std::abs(axis.low), std::abs(axis.high)) > 0x1p53))
      return reader_.wrong(node, path + "." + given.key, "[low, high], two integers of at most 2^53"), false;
    const std::string got = low.text + " and " + high.text;
    if (axis.low >= axis.high)
      reader_.report().add(node.place, path, problem_text("empty range", "low below high", got));
    else if (axis.kind == Kind::log_uniform && axis.low <= 0)
      reader_.report().add(node.place, path, problem_text("no logarithm", "low above 0", got));
    else
      return true;
    return false;
  }

  bool few_enough(const Entry& n) {
    double all = 1;
    for (const Axis& axis : axes_) all *= axis.size();
    if (static_cast<double>(n_) <= all) return true;
    reader_.report().add(
        n.value.place, path_ + ".n",
        problem_text("the space has not so many settings",
                     "at most " + std::to_string(static_cast<std::int64_t>(all)), std::to_string(n_)));
    return false;
  }

  std::vector<Setting> settings() {
    std::vector<std::vector<double>> latin;
    if (latin_)
      for (const Axis& axis : axes_) latin.push_back(latin_draws(seed_, reader_.key(*axis.entry), n_));
    std::vector<Setting> all;
    std::set<std::vector<std::string>> seen;
    for (std::uint64_t k = 0; all.size() < static_cast<std::size_t>(n_); ++k) {
      Setting setting;
      std::vector<std::string> texts;
      for (std::size_t a = 0; a < axes_.size(); ++a) {
        const double u = latin_ ? latin[a][k] : draw(seed_, reader_.key(*axes_[a].entry), k);
        setting.push_back(reader_.value(*axes_[a].entry, axes_[a].at(u)));
        if (!setting.back()) return {};
        texts.push_back(setting.back()->text);
      }
      // Of a Latin hypercube every draw has its place: equal ones are the sweep's to refuse.
      if (seen.insert(std::move(texts)).second || latin_) all.push_back(std::move(setting));
    }
    return all;
  }

  const std::string& path_;
  SettingReader& reader_;
  std::int64_t n_ = 0;
  std::uint64_t seed_ = 0;
  bool latin_ = false;
  std::vector<Axis> axes_;
};

}  // namespace

std::vector<Setting> read_random(const Node& random, const std::string& path, SettingReader& reader) {
  return SpaceReader(path, reader).read(random);
}

}  // namespace tsd::config
