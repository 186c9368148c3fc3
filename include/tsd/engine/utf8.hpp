// Text as UTF-8. File names are bytes, and not all of them are text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsd {

std::size_t utf8_prefix(std::string_view bytes);  // length of the longest valid start
bool is_utf8(std::string_view bytes);
std::string as_utf8(std::string_view bytes);  // U+FFFD in place of what is not valid

// For a terminal or a log: as UTF-8, and in place of what moves a cursor or gives a command to a terminal, \x1b and the like.
std::string printable(std::string_view bytes);

}  // namespace tsd
