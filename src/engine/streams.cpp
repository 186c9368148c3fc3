#include "tsd/engine/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "tsd/error.hpp"

namespace tsd {
namespace {

// Why output does not go where it should: the streams have forgotten, one more byte finds out.
int reason() {
  while (write(STDOUT_FILENO, "\n", 1) < 0)
    if (errno != EINTR) return errno;
  return EIO;
}

}  // namespace

void open_standard_streams() {
  // open() gives the lowest free number, which is the first closed one.
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF) (void)!open("/dev/null", O_RDWR);
}

bool flush_output() {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout && std::ferror(stdout) == 0) return true;
  const int error = reason();
  if (error == EPIPE) return false;
  throw IoError(std::string("standard output: cannot be written: ") + std::strerror(error));
}

}  // namespace tsd
