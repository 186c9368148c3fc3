// Text as UTF-8. File names are bytes, and not all of them are text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsd {

std::size_t utf8_prefix(std::string_view bytes);  // length of the longest valid start
bool is_utf8(std::string_view bytes);
std::string as_utf8(std::string_view bytes);  // U+FFFD in place of what is not valid

}  // namespace tsd
