#include "engine/schema/value.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <sstream>
#include <system_error>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "engine/config/paths.hpp"
#include "engine/config/text.hpp"
#include "engine/schema/words.hpp"
#include "engine/yaml/scalar.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/error.hpp"

namespace tsd::config {
namespace {

struct Reading {
  const Field& field;
  Report& report;

  void wrong(const Node& node, const std::string& key, const std::string& what, const std::string& expected,
             const std::string& hint = "") {
    report.add(node.place, key, problem_text(what, expected, shown(node), hint));
  }
};

// "1,2,3" but not "1,000": several values where one belongs, which is what sweeps are for.
bool is_list_of_numbers(const std::string& text) {
  bool thousands = true;
  std::size_t numbers = 0;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ','); ++numbers) {
    double ignored = 0;
    if (scan_double(part, ignored) != Scan::ok) return false;
    thousands &= numbers == 0 || (part.size() == 3 && part.find_first_not_of("0123456789") == part.npos);
  }
  return numbers > 1 && !thousands;
}

std::string hint_for_several(const Node& node, const std::string& key) {
  if (!can_be_swept(key)) return "";
  std::vector<std::string> values;
  for (const Node& item : node.items) values.push_back(item.text);
  const bool list = node.kind == Node::Kind::sequence && node.items.size() > 1;
  if (!list && !(node.kind == Node::Kind::scalar && is_list_of_numbers(node.text))) return "";
  return "for a run of each value write a sweep in a config: sweep: {grid: {" + key + ": [" +
         shortened(list ? joined(values, ", ") : node.text) + "]}}";
}

std::string hint_for(const Node& node, TypeOf<bool>) {
  static const std::vector<std::string> yes = {"yes", "on", "y", "True", "TRUE", "Yes", "On", "1"};
  static const std::vector<std::string> no = {"no", "off", "n", "False", "FALSE", "No", "Off", "0"};
  const auto holds = [&](const auto& words) {
    return std::find(words.begin(), words.end(), node.text) != words.end();
  };
  if (holds(yes)) return "write true";
  if (holds(no)) return "write false";
  return node.quoted && (node.text == "true" || node.text == "false") ? "write it without quotes" : "";
}

template <class Integer>
std::string hint_for(const Node& node, TypeOf<Integer>) requires std::is_integral_v<Integer> {
  Integer value;
  if (node.quoted) return scan_integer(node.text, value) == Scan::ok ? "write it without quotes" : "";
  const auto meant = meant_integer(node.text);
  return meant ? "write " + std::to_string(*meant) : "";
}

std::string hint_for(const Node& node, TypeOf<double>) {
  double value;
  if (scan_double(node.text, value) == Scan::ok) return node.quoted ? "write it without quotes" : "";
  std::string bare;
  for (const char c : node.text)
    if (c != '+' && c != '-') bare += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (bare == "inf" || bare == "infinity") return node.text[0] == '-' ? "write -.inf" : "write .inf";
  std::string with_point = node.text;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  if (scan_double(with_point, value) == Scan::ok) return "write " + with_point;
  const auto meant = meant_integer(node.text);
  return meant ? "write " + std::to_string(*meant) : "";
}

// Integers are compared as they are: a double would round those above 2^53.
template <class Number>
bool in_range(const Field& field, Number value) {
  const auto x = static_cast<long double>(value);
  return (field.low_exclusive ? x > field.low : x >= field.low) &&
         (field.high_exclusive ? x < field.high : x <= field.high);
}

bool read(Reading& reading, const Node& node, const std::string& key, bool& value) {
  if (node.kind == Node::Kind::scalar && !node.quoted && (node.text == "true" || node.text == "false")) {
    value = node.text == "true";
    return true;
  }
  reading.wrong(node, key, "wrong type", phrase(reading.field, TypeOf<bool>(), Count::one),
                hint_for(node, TypeOf<bool>()));
  return false;
}

template <class Number>
bool read_number(Reading& reading, const Node& node, const std::string& key, Number& value) {
  const Field& field = reading.field;
  const std::string expected = phrase(field, TypeOf<Number>(), Count::one);
  Scan scanned = Scan::not_a_number;
  if (node.kind == Node::Kind::scalar && !node.quoted) {
    if constexpr (std::is_same_v<Number, double>)
      scanned = scan_double(node.text, value);
    else
      scanned = scan_integer(node.text, value);
  }
  if (scanned == Scan::not_a_number) {
    const bool element = key.ends_with(']');  // of a list
    const std::string several = element ? "" : hint_for_several(node, key);
    const bool scalar = node.kind == Node::Kind::scalar;
    reading.wrong(node, key, "wrong type", expected,
                  several.empty() && scalar ? hint_for(node, TypeOf<Number>()) : several);
    return false;
  }
  if constexpr (std::is_same_v<Number, double>)
    if (scanned == Scan::ok && (std::isnan(value) || (field.finite && std::isinf(value)))) {
      reading.wrong(node, key, "not finite", expected);
      return false;
    }
  if (scanned == Scan::ok && in_range(field, value)) return true;
  const bool below_zero = std::is_unsigned_v<Number> && node.text.starts_with('-');
  std::string what = "out of range";
  if (scanned == Scan::too_large && !below_zero)
    what = std::is_integral_v<Number> ? "too large for " + std::to_string(8 * sizeof(Number)) + " bits"
                                      : "beyond double precision";
  reading.wrong(node, key, what, expected);
  return false;
}

bool read(Reading& reading, const Node& node, const std::string& key, int& value) {
  return read_number(reading, node, key, value);
}
bool read(Reading& reading, const Node& node, const std::string& key, std::int64_t& value) {
  return read_number(reading, node, key, value);
}
bool read(Reading& reading, const Node& node, const std::string& key, std::uint64_t& value) {
  return read_number(reading, node, key, value);
}
bool read(Reading& reading, const Node& node, const std::string& key, double& value) {
  return read_number(reading, node, key, value);
}

// Text that config.yaml could not hold is refused here: a folder's name in another encoding, say.
bool accept(Reading& reading, const Node& node, const std::string& key, const std::string& text,
            std::string& value) {
  if (!is_utf8(text)) {
    reading.report.add(node.place, key,
                       problem_text("not UTF-8", "UTF-8 text", as_utf8(text),
                                    reading.field.path_must_exist ? "rename it" : ""));
    return false;
  }
  value = text;
  return true;
}

// Where a path may lie: beside the file that names it, then below the current directory.
std::vector<std::filesystem::path> candidates(const Node& node, const std::string& path) {
  std::vector<std::filesystem::path> all;
  for (const std::filesystem::path& folder : {node.place.source->directory, std::filesystem::path()}) {
    const auto candidate = (folder / path).lexically_normal();
    if (all.empty() || all.back() != candidate) all.push_back(candidate);
  }
  return all;
}

// Kept absolute: the same whatever folder tsd is called from. `value`: the default, which need not be there.
bool find_path(Reading& reading, const Node& node, const std::string& key, std::string& value) {
  const std::string expected = phrase(reading.field, TypeOf<std::string>(), Count::one);
  std::vector<std::string> tried;
  try {
    for (const auto& candidate : candidates(node, expanded_path(node.text))) {
      std::error_code ignored;
      if (!node.text.empty() && std::filesystem::exists(candidate, ignored)) {
        return accept(reading, node, key, absolute_path(candidate), value);
      }
      tried.push_back(candidate.string());
    }
  } catch (const UsageError& error) {
    reading.wrong(node, key, "not a path", expected, error.what());
    return false;
  }
  if (node.text == value) return true;
  const std::string meant = nearest(node.text, reading.field.choices);
  reading.wrong(node, key, "no such file or folder", expected,
                "tried " + joined(tried, " and ") + (meant.empty() ? "" : "; did you mean " + meant + "?"));
  return false;
}

bool read(Reading& reading, const Node& node, const std::string& key, std::string& value) {
  const Field& field = reading.field;
  if (node.kind != Node::Kind::scalar) {
    reading.wrong(node, key, "wrong type", phrase(field, TypeOf<std::string>(), Count::one),
                  node.kind == Node::Kind::null && field.choices.empty() ? "write \"\" for empty text" : "");
    return false;
  }
  std::string word = node.text;
  for (const auto& [former, now] : field.former_words)
    if (word == former) word = now;
  const bool chosen = std::find(field.choices.begin(), field.choices.end(), word) != field.choices.end();
  if (field.path_must_exist && !chosen) return find_path(reading, node, key, value);
  if (!field.choices.empty() && !chosen && !field.path_must_exist) {
    const std::string meant = nearest(node.text, field.choices);
    reading.wrong(node, key, "unknown choice", phrase(field, TypeOf<std::string>(), Count::one),
                  meant.empty() ? "" : "did you mean " + meant + "?");
    return false;
  }
  return accept(reading, node, key, word, value);
}

template <class T>
bool read_list(Reading& reading, const Node& node, const std::string& key, std::vector<T>& value,
               const std::string& expected, bool outermost);

template <class T>
bool read(Reading& reading, const Node& node, const std::string& key, std::vector<T>& value) {
  return read_list(reading, node, key, value, phrase(reading.field, TypeOf<std::vector<T>>(), Count::one),
                   false);
}

template <class T>
bool read_list(Reading& reading, const Node& node, const std::string& key, std::vector<T>& value,
               const std::string& expected, bool outermost) {
  const Field& field = reading.field;
  if (outermost && field.single_allowed && node.kind == Node::Kind::scalar) {
    T element{};
    if (!read(reading, node, key, element)) return false;
    value = {std::move(element)};
    return true;
  }
  if (node.kind != Node::Kind::sequence) {
    const bool one_word =
        node.kind == Node::Kind::scalar && !node.quoted && (!outermost || field.min_length <= 1);
    reading.wrong(node, key, "wrong type", expected, one_word ? "write [" + shown(node) + "]" : "");
    return false;
  }
  std::vector<T> values;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    T element{};
    good &= read(reading, node.items[i], key + "[" + std::to_string(i) + "]", element);
    values.push_back(std::move(element));
  }
  if (outermost && (values.size() < field.min_length || values.size() > field.max_length)) {
    const std::string count = std::to_string(values.size()) + (values.size() == 1 ? " value" : " values");
    reading.report.add(node.place, key, problem_text("wrong length", expected, count));
    return false;
  }
  if (good) value = std::move(values);
  return good;
}

template <class T>
bool read_target(Reading& reading, const Node& node, const std::string& key, T& value) {
  return read(reading, node, key, value);
}

template <class T>
bool read_target(Reading& reading, const Node& node, const std::string& key, std::vector<T>& value) {
  return read_list(reading, node, key, value, expected_text(reading.field), true);
}

template <class T>
bool read_target(Reading& reading, const Node& node, const std::string& key, std::optional<T>& value) {
  if (node.kind == Node::Kind::null) {
    value.reset();
    return true;
  }
  T present = value.value_or(T{});
  if (!read(reading, node, key, present)) return false;
  value = std::move(present);
  return true;
}

// ---- back to text

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(int value) { return std::to_string(value); }
std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(double value) { return double_text(value); }

// In quotes wherever some YAML reader could see anything but text.
std::string text_of(const std::string& value) {
  static const std::vector<std::string> kWords = {"true", "false", "null", "yes", "no",
                                                  "on",   "off",   "y",    "n"};
  std::string lower;
  for (const char c : value) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
  };
  const bool safe =
      !lower.empty() && plain(lower[0]) && !(lower[0] >= '0' && lower[0] <= '9') &&
      std::all_of(lower.begin(), lower.end(), [&](char c) { return plain(c) || c == '.' || c == '-'; }) &&
      std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
  return safe ? value : nlohmann::json(value).dump();  // a JSON string is a double-quoted YAML scalar
}

template <class T>
std::string text_of(const std::vector<T>& values) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(text_of(value));
  return "[" + joined(texts, ", ") + "]";
}

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : "null";
}

}  // namespace

void read_value(Field& field, const Node& node, const std::string& key, Report& report) {
  Reading reading{field, report};
  const bool good =
      std::visit([&](auto* target) { return read_target(reading, node, key, *target); }, field.target);
  if (good && field.assign) field.assign(field.choice_text);
}

std::string value_text(const Field& field) {
  return std::visit([](const auto* target) { return text_of(*target); }, field.target);
}

}  // namespace tsd::config
