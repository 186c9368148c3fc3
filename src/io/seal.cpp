#include "io/seal.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "io/file_descriptor.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {

namespace {

constexpr std::string_view kOpening = "tsd-xxh3_128 ";
constexpr std::size_t kSize = kOpening.size() + 32 + 1, kChunk = 1 << 20;

std::string line(const std::string& digest) { return std::string(kOpening) + digest + "\n"; }

}  // namespace

std::string seal_of(std::span<const std::byte> content) { return line(xxh3_128(content)); }

void check_seal(const std::filesystem::path& path) {
  const InputFile file(path);
  if (file.size() < kSize) return;
  const std::uint64_t end = file.size() - kSize;
  std::string seal(kSize, '\0');
  file.read_at(end, std::as_writable_bytes(std::span(seal)));
  if (!seal.starts_with(kOpening)) return;
  Xxh3 hash;
  std::vector<std::byte> chunk(kChunk);
  for (std::uint64_t at = 0; at < end; at += chunk.size()) {
    chunk.resize(std::min<std::uint64_t>(chunk.size(), end - at));
    file.read_at(at, chunk);
    hash.update(chunk);
  }
  if (seal != line(hash.digest()))
    throw DataError(path.string() + ": damaged: its content does not give the checksum at its end");
}

}  // namespace tsd
