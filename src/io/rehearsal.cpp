#include "io/rehearsal.hpp"

#include <fcntl.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "tsd/error.hpp"

namespace tsd {

namespace {

// Seconds of computing: a minute, and one for each megabyte.
rlim_t longest(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(file, unknown);
  return 60 + (unknown ? 0 : size >> 20);
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  ::setrlimit(resource, &both);
}

// Dies with its parent, leaves no core, and says nothing: the C library and sanitizers would.
[[noreturn]] void act(const std::function<void()>& action, rlim_t seconds) {
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_CPU, seconds, seconds + 1);
  ::alarm(static_cast<unsigned>(10 * seconds));
  const int nowhere = ::open("/dev/null", O_WRONLY);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  try {
    action();
  } catch (...) {  // comes again
  }
  ::_exit(0);
}

}  // namespace

void rehearse(const std::function<void()>& action, const std::filesystem::path& file,
              const std::string& where) {
  const rlim_t seconds = longest(file);
  const pid_t child = ::fork();
  if (child < 0) return;
  if (child == 0) act(action, seconds);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0)
    if (errno != EINTR) return;
  if (state == 0) return;
  if (WIFSIGNALED(state) && WTERMSIG(state) == SIGALRM)
    return;  // it waited, for a disk perhaps: nothing is known
  const int number = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
  throw DataError(where + ": damaged: the library that reads it " +
                  (number == SIGXCPU ? "comes to no end" : "does not survive it") +
                  (number == 0 ? std::string() : std::string(" (") + ::strsignal(number) + ")"));
}

}  // namespace tsd
