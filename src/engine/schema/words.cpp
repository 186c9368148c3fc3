#include "engine/schema/words.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <variant>

#include "engine/config/text.hpp"

namespace tsd {

std::string number_text(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<std::int64_t>(value));
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

}  // namespace tsd

namespace tsd::config {

bool can_be_swept(const std::string& key_path) {
  return key_path != "family" && key_path != "description" && !key_path.starts_with("run.");
}

std::string range_text(const Field& field) {
  const bool has_low = std::isfinite(field.low), has_high = std::isfinite(field.high);
  const std::string low = has_low ? number_text(field.low) : "",
                    high = has_high ? number_text(field.high) : "";
  if (has_low && has_high && !field.low_exclusive && !field.high_exclusive)
    return " from " + low + " to " + high;
  std::string text;
  if (has_low) text = (field.low_exclusive ? " above " : " of at least ") + low;
  if (has_high)
    text += (has_low                ? " and "
             : field.high_exclusive ? " "
                                    : " of ") +
            std::string(field.high_exclusive ? "below " : "at most ") + high;
  return text;
}

std::string choices_text(const Field& field, Count count) {
  const std::string path = "a path that exists";
  if (field.choices.empty()) {
    if (field.path_must_exist) return count == Count::one ? path : "paths that exist";
    return count == Count::one ? "text" : "texts";
  }
  const std::string names = joined(field.choices, ", ");
  if (field.path_must_exist) return names + " or " + path;
  return (count == Count::one ? "one of " : "names among ") + names;
}

std::string length_text(const Field& field) {
  const std::string least = std::to_string(field.min_length), most = std::to_string(field.max_length);
  const bool open = field.max_length == std::numeric_limits<std::size_t>::max();
  if (field.min_length == field.max_length) return least + " ";
  if (open) return field.min_length == 0 ? "" : "at least " + least + " ";
  return field.min_length == 0 ? "at most " + most + " " : least + " to " + most + " ";
}

std::string expected_text(const Field& field) {
  return std::visit(
      [&]<class T>(T*) {
        const std::string text = phrase(field, TypeOf<T>(), Count::one);
        const std::string list = "a list of ", elements = text.substr(std::min(list.size(), text.size()));
        if (!text.starts_with(list)) return text;
        const std::string length = length_text(field);
        return length == "at least 1 " ? "a non-empty list of " + elements : list + length + elements;
      },
      field.target);
}

std::string type_text(const Field& field) {
  Field bare;
  bare.target = field.target;
  std::string text = expected_text(bare);
  for (const std::string article : {"an ", "a "})
    if (text.starts_with(article)) return text.substr(article.size());
  return text;
}

}  // namespace tsd::config
