#include "io/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tsd/error.hpp"

namespace tsd {
namespace {

[[noreturn]] void io_error(const std::filesystem::path& name, const std::string& action) {
  throw IoError(name.string() + ": cannot " + action + ": " + std::strerror(errno));
}

}  // namespace

FileDescriptor::FileDescriptor(const std::filesystem::path& path, int flags, std::filesystem::path name)
    : name_(std::move(name)), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void FileDescriptor::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) io_error(name_, "write " + std::to_string(bytes.size()) + " bytes");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void FileDescriptor::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) io_error(name_, "read");
    if (n == 0)
      throw IoError(name_.string() + ": became shorter while it was read, ends at byte " +
                    std::to_string(offset));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

void FileDescriptor::sync() {
  // Some file systems cannot sync a directory and say EINVAL; nothing more can be done there.
  if (::fsync(fd_) != 0 && errno != EINVAL) io_error(name_, "sync");
}

void FileDescriptor::close() {
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) io_error(name_, "close");
}

InputFile::InputFile(const std::filesystem::path& path)
    : FileDescriptor(path, O_RDONLY | O_NONBLOCK) {  // a FIFO must not block
  if (fd() < 0 && (errno == ENOENT || errno == ENOTDIR)) throw MissingInput(path.string() + ": no such file");
  if (fd() < 0) io_error(path, "open");
  struct stat status {};
  if (::fstat(fd(), &status) != 0) io_error(path, "stat");
  if (!S_ISREG(status.st_mode)) throw DataError(path.string() + ": not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

}  // namespace tsd
