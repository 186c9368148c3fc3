#include "tsd/io/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

#include "io/file_descriptor.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMark = ".tmp";

fs::path next_temporary(const fs::path& target) {
  static std::atomic<unsigned> number{0};
  fs::path temporary = target;
  temporary += std::string(kMark) + std::to_string(::getpid()) + "-" + std::to_string(number++);
  return temporary;
}

struct OpenTemporaries {
  std::mutex mutex;
  std::set<fs::path> paths;
};

OpenTemporaries& open_temporaries() {
  static OpenTemporaries& all = *new OpenTemporaries;  // never destroyed: files may be open as main() returns
  return all;
}

void note_open(const fs::path& temporary) {
  const std::lock_guard lock(open_temporaries().mutex);
  open_temporaries().paths.insert(temporary);
}

void note_closed(const fs::path& temporary) {
  const std::lock_guard lock(open_temporaries().mutex);
  open_temporaries().paths.erase(temporary);
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  for (;;) {  // a killed process of the same id may have left the name behind
    temporary_ = next_temporary(target_);
    const FileDescriptor file(temporary_, O_WRONLY | O_CREAT | O_EXCL);
    if (file.fd() >= 0) {
      note_open(temporary_);
      return;
    }
    if (errno == EEXIST) continue;
    const bool full = errno == ENOSPC || errno == EDQUOT || errno == EIO;
    const std::string message = target_.string() + ": cannot create: " + std::strerror(errno);
    if (full) throw IoError(message);
    throw CannotCreate(message);
  }
}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_.c_str());
  note_closed(temporary_);
}

void AtomicFile::commit() {
  FileDescriptor(temporary_, O_RDONLY, target_).sync();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw CannotCreate(target_.string() + ": cannot rename into place: " + std::strerror(errno));
  committed_ = true;
  FileDescriptor(target_.has_parent_path() ? target_.parent_path() : ".", O_RDONLY | O_DIRECTORY).sync();
}

void remove_open_temporaries() noexcept {
  const std::lock_guard lock(open_temporaries().mutex);
  for (const fs::path& path : open_temporaries().paths) ::unlink(path.c_str());
}

void write_atomically(const fs::path& target, std::span<const std::span<const std::byte>> pieces) {
  AtomicFile file(target);
  FileDescriptor out(file.temporary(), O_WRONLY, target);
  for (const auto& piece : pieces) out.write(piece);
  out.close();
  file.commit();
}

void write_atomically(const fs::path& target, std::span<const std::byte> bytes) {
  write_atomically(target, std::span(&bytes, 1));
}

void write_atomically(const fs::path& target, std::string_view text) {
  write_atomically(target, std::as_bytes(std::span(text)));
}

void remove_temporaries(const fs::path& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    const auto mark = name.rfind(kMark);
    if (mark != std::string::npos &&
        name.find_first_not_of("0123456789-", mark + kMark.size()) == std::string::npos)
      fs::remove(entry.path(), ignored);
  }
}

namespace {
template <class Container>
Container read_whole(const fs::path& path, std::size_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes)
    throw DataError(path.string() + ": too large; expected at most " + std::to_string(max_bytes) +
                    " bytes, got " + std::to_string(file.size()));
  Container content(file.size(), {});
  file.read_at(0, std::as_writable_bytes(std::span(content)));
  return content;
}
}  // namespace

std::vector<std::byte> read_bytes(const fs::path& path, std::size_t max_bytes) {
  return read_whole<std::vector<std::byte>>(path, max_bytes);
}

std::string read_text(const fs::path& path, std::size_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

}  // namespace tsd
