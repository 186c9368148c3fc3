#include "io/seal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <tuple>
#include <vector>

#include "io/file_descriptor.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {

namespace {

constexpr std::string_view kOpening = "tsd-xxh3_128 ";
constexpr std::size_t kSize = kOpening.size() + 32 + 1, kChunk = 1 << 20;

// A file as it was when it was found good; one that replaces it is another.
using Known = std::tuple<dev_t, ino_t, off_t, time_t, long>;

Known known(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

// Of this process: an analysis opens a file many times.
class Checked {
 public:
  bool holds(const std::filesystem::path& path, const Known& now) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    return found != files_.end() && found->second == now;
  }
  void keep(const std::filesystem::path& path, const Known& now) {
    const std::lock_guard lock(mutex_);
    files_[path] = now;
  }
  void forget(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
  }

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, Known> files_;
};

Checked& checked() {
  static Checked files;
  return files;
}

std::string line(const std::string& digest) { return std::string(kOpening) + digest + "\n"; }

}  // namespace

std::string seal_of(std::span<const std::byte> content) { return line(xxh3_128(content)); }

bool check_seal(const std::filesystem::path& path) {
  const Known now = known(path);
  if (checked().holds(path, now)) return true;
  checked().forget(path);
  const InputFile file(path);
  if (file.size() < kSize) return false;
  const std::uint64_t end = file.size() - kSize;
  std::string seal(kSize, '\0');
  file.read_at(end, std::as_writable_bytes(std::span(seal)));
  if (!seal.starts_with(kOpening)) return false;
  Xxh3 hash;
  std::vector<std::byte> chunk(kChunk);
  for (std::uint64_t at = 0; at < end; at += chunk.size()) {
    chunk.resize(std::min<std::uint64_t>(chunk.size(), end - at));
    file.read_at(at, chunk);
    hash.update(chunk);
  }
  if (seal != line(hash.digest()))
    throw DataError(path.string() + ": damaged: its content does not give the checksum at its end");
  checked().keep(path, now);
  return true;
}

}  // namespace tsd
