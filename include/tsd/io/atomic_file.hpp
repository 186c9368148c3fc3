// Files that appear whole or not at all: temporary name, fsync, rename, fsync of the directory.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsd {

// For writers that want a file name. The temporary file stands beside the target, as
// "<name>.tmp<pid>-<number>", locked (flock). Until commit() the target is untouched; without commit() the temporary
// file is removed. The first file that a process makes in a folder clears away what killed processes left there.
// Errors: CannotCreate (directory missing or read-only), IoError (disk full, ...), both with path and reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  bool committed_ = false;
};

void write_atomically(const std::filesystem::path& target,
                      std::span<const std::span<const std::byte>> pieces);
void write_atomically(const std::filesystem::path& target, std::span<const std::byte> bytes);
void write_atomically(const std::filesystem::path& target, std::string_view text);

// Removes those that this process has open, for a process that ends without destructors.
void remove_open_temporaries() noexcept;

// Whole content; MissingInput where there is no such file, DataError where it is larger than max_bytes or not
// a regular file.
std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::size_t max_bytes);
std::string read_text(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace tsd
