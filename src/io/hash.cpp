#include "tsd/io/hash.hpp"

#include <openssl/evp.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <vector>

#include "io/file_descriptor.hpp"

namespace tsd {
namespace {

std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string hexadecimal(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  return hexadecimal(canonical.digest);
}

}  // namespace

struct Xxh3::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    if (!xxh) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::~Xxh3() = default;

void Xxh3::update(std::span<const std::byte> bytes) {
  if (!bytes.empty()) XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

std::string Xxh3::digest() const { return hexadecimal(XXH3_128bits_digest(state_->xxh)); }

std::string xxh3_128(std::span<const std::byte> bytes) {
  return hexadecimal(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string sha256(std::span<const std::byte> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr))
    throw std::runtime_error("OpenSSL has no SHA-256");
  return hexadecimal({digest, size});
}

std::string sha256_of_file(const std::filesystem::path& path) {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  const InputFile file(path);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context) throw std::bad_alloc();
  std::vector<std::byte> piece(kPiece);
  bool good = EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (std::uint64_t at = 0; at < file.size(); at += kPiece) {
    const auto bytes = std::span(piece).first(std::min(kPiece, file.size() - at));
    file.read_at(at, bytes);
    good = good && EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!good || !EVP_DigestFinal_ex(context.get(), digest, &size))
    throw std::runtime_error("OpenSSL has no SHA-256");
  return hexadecimal({digest, size});
}

std::string sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

}  // namespace tsd
