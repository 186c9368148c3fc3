// A POSIX file that is closed on every path, with errors that carry its name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace tsd {

class FileDescriptor {
 public:
  // Opens with open(2) flags; -1 in fd() and errno set where that fails. Errors call the file `name`.
  FileDescriptor(const std::filesystem::path& path, int flags, std::filesystem::path name);
  FileDescriptor(const std::filesystem::path& path, int flags) : FileDescriptor(path, flags, path) {}
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int fd() const { return fd_; }
  void write(std::span<const std::byte> bytes);                          // all of them, or IoError
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;  // all of them, or IoError
  void sync();
  void close();  // checked

 private:
  std::filesystem::path name_;
  int fd_;
};

// An input file and its size. MissingInput where there is none, DataError where it is not a regular file.
class InputFile : public FileDescriptor {
 public:
  explicit InputFile(const std::filesystem::path& path);
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
};

}  // namespace tsd
