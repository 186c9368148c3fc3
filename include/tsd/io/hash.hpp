// Digests. xxh3 guards against damage, SHA-256 names content.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tsd {

std::string xxh3_128(std::span<const std::byte> bytes);  // 32 hexadecimal digits
std::string sha256(std::span<const std::byte> bytes);    // 64 hexadecimal digits
std::string sha256(std::string_view text);

}  // namespace tsd
