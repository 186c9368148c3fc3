// Digests. xxh3 guards against damage, SHA-256 names content.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tsd {

// 128-bit XXH3 of bytes that come in pieces.
class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  void update(std::span<const std::byte> bytes);
  std::string digest() const;  // 32 hexadecimal digits, of everything so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string xxh3_128(std::span<const std::byte> bytes);  // 32 hexadecimal digits
std::string sha256(std::span<const std::byte> bytes);    // 64 hexadecimal digits
std::string sha256(std::string_view text);
std::string sha256_of_file(const std::filesystem::path& file);  // in pieces; MissingInput, IoError

}  // namespace tsd
