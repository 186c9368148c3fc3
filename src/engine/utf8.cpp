#include "tsd/engine/utf8.hpp"

#include <cstdint>

namespace tsd {
namespace {

// Bytes of the character at the start; 0: not one. No surrogates, nothing above U+10FFFF, nothing longer than
// needed (RFC 3629).
std::size_t character(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t length = byte(0) < 0x80         ? 1
                             : (byte(0) >> 5) == 6  ? 2
                             : (byte(0) >> 4) == 14 ? 3
                             : (byte(0) >> 3) == 30 ? 4
                                                    : 0;
  if (length <= 1 || length > bytes.size()) return length == 1 ? 1 : 0;
  std::uint32_t code = byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kLeast[length] || code > 0x10FFFF || surrogate ? 0 : length;
}

}  // namespace

std::size_t utf8_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t length = character(bytes.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

bool is_utf8(std::string_view bytes) { return utf8_prefix(bytes) == bytes.size(); }

std::string as_utf8(std::string_view bytes) {
  std::string text;
  for (std::size_t good = utf8_prefix(bytes);; good = utf8_prefix(bytes)) {
    text += bytes.substr(0, good);
    if (good == bytes.size()) return text;
    text += "\xEF\xBF\xBD";
    bytes.remove_prefix(good + 1);
  }
}

std::string printable(std::string_view bytes) {
  std::string text;
  const auto escape = [&](unsigned char byte) {
    constexpr char digits[] = "0123456789abcdef";
    text += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  };
  const std::string valid = as_utf8(bytes);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    if (byte == 0xC2 && static_cast<unsigned char>(valid[i + 1]) < 0xA0)  // U+0080 to U+009F
      escape(static_cast<unsigned char>(valid[++i]));
    else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F)
      escape(byte);
    else
      text += valid[i];
  }
  return text;
}

}  // namespace tsd
