#include "tsd/engine/utf8.hpp"

#include "support/catch.hpp"

namespace tsd {

TEST_CASE("utf8: valid text is left as it is", "[utf8]") {
  for (const std::string text :
       {"", "plain", "\xC3\xA9t\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\xA7\xA0", "\xF4\x8F\xBF\xBF"}) {
    CHECK(is_utf8(text));
    CHECK(as_utf8(text) == text);
  }
}

// Unicode 15, table 3-7: Latin-1, a lone continuation, cut short, longer than needed, a surrogate, beyond
// U+10FFFF.
TEST_CASE("utf8: what is not valid is replaced", "[utf8]") {
  for (const std::string bad :
       {"\xE9", "\x80", "\xE2\x82", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    CHECK_FALSE(is_utf8("x" + bad));
    CHECK(utf8_prefix("x" + bad) == 1);
    CHECK(is_utf8(as_utf8("x" + bad + "y")));
  }
  CHECK(as_utf8("r\xE9sum\xE9") == "r\xEF\xBF\xBDsum\xEF\xBF\xBD");
}

TEST_CASE("utf8: commands to a terminal are told, not given", "[utf8]") {
  CHECK(printable("two\n\tlines, \xC3\xA9, \xC2\xA0") == "two\n\tlines, \xC3\xA9, \xC2\xA0");
  CHECK(printable("\x1b[2J\r\x07\x7f") == "\\x1b[2J\\x0d\\x07\\x7f");
  CHECK(printable("\xC2\x9B"
                  "2J") == "\\x9b2J");  // the same command in one character
  CHECK(printable("\xC2") == "\xEF\xBF\xBD");
}

}  // namespace tsd
