// Types, ranges and choices of fields in words.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

template <class T>
struct TypeOf {
  using type = T;
};

enum class Count { one, many };

bool can_be_swept(const std::string& key_path);  // what changes no number cannot

// Bounds as " from 1 to 9", " above 0"; empty without any.
std::string range_text(const Field& field);
// "one of gru, lstm", "a path that exists".
std::string choices_text(const Field& field, Count count);
// Of the list as a whole: "2 ", "1 to 3 ", "at least 1 "; empty if free.
std::string length_text(const Field& field);

inline std::string phrase(const Field&, TypeOf<bool>, Count count) {
  return count == Count::one ? "true or false" : "true/false values";
}
template <class Integer>
std::string phrase(const Field& field, TypeOf<Integer>, Count count) {
  Field bounded = field;
  if (std::is_unsigned_v<Integer> && bounded.low < 0) bounded.low = 0;
  return (count == Count::one ? "an integer" : "integers") + range_text(bounded);
}
inline std::string phrase(const Field& field, TypeOf<double>, Count count) {
  return (count == Count::one ? "a number" : "numbers") + range_text(field);
}
inline std::string phrase(const Field& field, TypeOf<std::string>, Count count) {
  return choices_text(field, count);
}
template <class T>
std::string phrase(const Field& field, TypeOf<std::vector<T>>, Count count) {
  return (count == Count::one ? "a list of " : "lists of ") + phrase(field, TypeOf<T>(), Count::many);
}
template <class T>
std::string phrase(const Field& field, TypeOf<std::optional<T>>, Count) {
  return phrase(field, TypeOf<T>(), Count::one) + " or null";
}

// "an integer from 1 to 9", "a list of 1 to 3 numbers above 0", "a number or null".
std::string expected_text(const Field& field);
// Without range and choices: "integer", "list of numbers", "text or null".
std::string type_text(const Field& field);

}  // namespace tsd::config
