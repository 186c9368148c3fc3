#include "engine/yaml/scalar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace tsd::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_plus(const std::string& text) {
  std::string_view view = text;
  if (view.size() > 1 && view[0] == '+' && view[1] != '-') view.remove_prefix(1);
  return view;
}

// 010: eight in YAML 1.1, ten in YAML 1.2. So neither here.
bool has_leading_zero(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  return number.size() > 1 && number[0] == '0' && is_digit(number[1]);
}

template <class T>
Scan scan(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return Scan::not_a_number;
  return error == std::errc() ? Scan::ok : Scan::too_large;
}

}  // namespace

template <class Integer>
Scan scan_integer(const std::string& text, Integer& value) {
  const std::string_view number = without_plus(text);
  if (has_leading_zero(number)) return Scan::not_a_number;
  const std::string_view digits = number.starts_with('-') ? number.substr(1) : number;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return Scan::not_a_number;
  if (digits.size() < number.size() && std::is_unsigned_v<Integer>) return Scan::too_large;
  return scan(number, value);
}
template Scan scan_integer(const std::string&, int&);
template Scan scan_integer(const std::string&, std::int64_t&);
template Scan scan_integer(const std::string&, std::uint64_t&);

Scan scan_double(const std::string& text, double& value) {
  const std::string_view number = without_plus(text);
  const bool negative = number.starts_with('-');
  const std::string_view rest = negative ? number.substr(1) : number;
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF") {
    value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return Scan::ok;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    value = std::numeric_limits<double>::quiet_NaN();
    return Scan::ok;
  }
  if (rest.empty() || !(is_digit(rest[0]) || rest[0] == '.') || has_leading_zero(number))
    return Scan::not_a_number;
  return scan(number, value);
}

std::optional<std::int64_t> meant_integer(const std::string& text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != '_' && c != ','; });
  std::string_view number = without_plus(digits);
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);

  std::int64_t magnitude = 0;
  double real = 0;
  if (number.size() > 2 && number[0] == '0' && std::isalpha(static_cast<unsigned char>(number[1]))) {
    const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(number[1])));
    const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    const char* end = number.data() + number.size();
    if (base == 0 || std::from_chars(number.data() + 2, end, magnitude, base).ptr != end) return std::nullopt;
  } else if (!number.empty() && is_digit(number[0]) && scan(number, real) == Scan::ok &&
             real == std::floor(real) && real < 1e15) {
    magnitude = static_cast<std::int64_t>(real);
  } else {
    return std::nullopt;
  }
  return negative ? -magnitude : magnitude;
}

std::string double_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find('.') == std::string::npos) text.insert(std::min(text.find('e'), text.size()), ".0");
  return text;
}

}  // namespace tsd::config
