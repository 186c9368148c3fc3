#include "tsd/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
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

// Each is held open with a lock, which the kernel drops when the process ends, however it ends.
struct OpenTemporaries {
  std::mutex mutex;
  std::map<fs::path, std::unique_ptr<FileDescriptor>> files;
};

OpenTemporaries& open_temporaries() {
  static OpenTemporaries& all = *new OpenTemporaries;  // never destroyed: files may be open as main() returns
  return all;
}

void note_open(const fs::path& temporary, std::unique_ptr<FileDescriptor> file) {
  const std::lock_guard lock(open_temporaries().mutex);
  open_temporaries().files[temporary] = std::move(file);
}

void note_closed(const fs::path& temporary) {
  const std::lock_guard lock(open_temporaries().mutex);
  open_temporaries().files.erase(temporary);
}

bool has_name(const FileDescriptor& file) {
  struct stat facts {};
  return ::fstat(file.fd(), &facts) == 0 && facts.st_nlink > 0;
}

// Whether the new file is ours to write: another process may have taken it for a left one before it had its lock.
// The lock is one that lets others read: HDF5 takes such a one, too. File systems without locks never give away
// a file.
bool keep_for_us(const FileDescriptor& file) {
  return (::flock(file.fd(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) && has_name(file);
}

// "<name>.tmp<pid>-<number>"
bool is_temporary(const std::string& name) {
  const auto mark = name.rfind(kMark);
  if (mark == std::string::npos) return false;
  const std::string_view rest = std::string_view(name).substr(mark + kMark.size());
  const auto dash = rest.find('-');
  const auto is_number = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  };
  return dash != rest.npos && is_number(rest.substr(0, dash)) && is_number(rest.substr(dash + 1));
}

// What killed processes left in a folder: temporary files that nobody holds. One without a name was removed meanwhile
// by another process, and its name may be in use again.
void remove_left(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (!is_temporary(path.filename().string())) continue;
    const FileDescriptor file(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    if (file.fd() >= 0 && ::flock(file.fd(), LOCK_EX | LOCK_NB) == 0 && has_name(file))
      ::unlink(path.c_str());
  }
}

fs::path folder_of(const fs::path& target) { return target.has_parent_path() ? target.parent_path() : "."; }

// Once a process and folder: there may be many files in it.
void remove_left_once(const fs::path& folder) {
  static std::mutex& mutex = *new std::mutex;
  static std::set<fs::path>& seen = *new std::set<fs::path>;
  const std::lock_guard lock(mutex);
  if (seen.insert(folder).second) remove_left(folder);
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  remove_left_once(folder_of(target_));
  for (;;) {  // a killed process of the same id may have left the name behind
    temporary_ = next_temporary(target_);
    auto file = std::make_unique<FileDescriptor>(temporary_, O_RDWR | O_CREAT | O_EXCL);
    if (file->fd() >= 0) {
      if (!keep_for_us(*file)) continue;
      note_open(temporary_, std::move(file));
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
  FileDescriptor(folder_of(target_), O_RDONLY | O_DIRECTORY).sync();
}

void remove_open_temporaries() noexcept {
  const std::lock_guard lock(open_temporaries().mutex);
  for (const auto& [path, file] : open_temporaries().files) ::unlink(path.c_str());
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
