#include "tsd/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "tsd/error.hpp"

namespace tsd {
namespace fs = std::filesystem;

namespace {

std::string reason(int error) { return std::strerror(error); }

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, mode_t mode = 0644) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() {
    const int status = ::close(fd_);
    fd_ = -1;
    return status;
  }

 private:
  int fd_;
};

void write_all(Descriptor& file, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      throw IoError(path.string() + ": cannot write " + std::to_string(bytes.size()) + " bytes: " + reason(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void sync_path(const fs::path& path, int flags) {
  Descriptor file(path, flags);
  if (file.get() < 0 || ::fsync(file.get()) != 0) throw IoError(path.string() + ": cannot sync: " + reason(errno));
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  static std::atomic<unsigned> serial{0};
  temporary_ = target_;
  temporary_ += ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
  Descriptor probe(temporary_, O_WRONLY | O_CREAT | O_TRUNC);
  if (probe.get() < 0) throw CannotCreate(target_.string() + ": cannot create: " + reason(errno));
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!committed_) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync_path(temporary_, O_RDONLY);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw IoError(target_.string() + ": cannot rename into place: " + reason(errno));
  committed_ = true;
  sync_path(target_.has_parent_path() ? target_.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY);
}

void write_atomically(const fs::path& target, std::span<const std::byte> bytes) {
  AtomicFile file(target);
  Descriptor out(file.temporary(), O_WRONLY | O_TRUNC);
  if (out.get() < 0) throw CannotCreate(target.string() + ": cannot create: " + reason(errno));
  write_all(out, bytes, target);
  if (out.close() != 0) throw IoError(target.string() + ": cannot close: " + reason(errno));
  file.commit();
}

void write_atomically(const fs::path& target, std::string_view text) {
  write_atomically(target, std::as_bytes(std::span(text.data(), text.size())));
}

void remove_temporaries(const fs::path& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    const auto mark = name.rfind(".tmp");
    if (mark != std::string::npos && name.find_first_not_of("0123456789-", mark + 4) == std::string::npos)
      fs::remove(entry.path(), ignored);
  }
}

std::vector<std::byte> read_bytes(const fs::path& path, std::size_t max_bytes) {
  Descriptor file(path, O_RDONLY);
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw MissingInput(path.string() + ": no such file");
    throw IoError(path.string() + ": cannot open: " + reason(errno));
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) throw IoError(path.string() + ": " + reason(errno));
  if (!S_ISREG(info.st_mode)) throw DataError(path.string() + ": not a regular file");
  if (static_cast<std::size_t>(info.st_size) > max_bytes)
    throw DataError(path.string() + ": too large; expected at most " + std::to_string(max_bytes) + " bytes, got " +
                    std::to_string(info.st_size));
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size));
  for (std::size_t done = 0; done < bytes.size();) {
    const auto got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError(path.string() + ": cannot read: " + reason(errno));
    if (got == 0) throw IoError(path.string() + ": became shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string read_text(const fs::path& path, std::size_t max_bytes) {
  const auto bytes = read_bytes(path, max_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tsd
