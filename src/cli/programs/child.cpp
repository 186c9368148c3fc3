#include "cli/programs/child.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tsd/error.hpp"

extern char** environ;

namespace tsd::cli {

namespace {

std::optional<pid_t> start(std::vector<std::string>& words, const posix_spawn_file_actions_t* files) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&signals, signal);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int error = posix_spawnp(&child, argv[0], files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? std::optional(child) : std::nullopt;
}

// What a child writes, in memory: no pipe that could fill up.
class Written {
 public:
  Written() : file_(memfd_create("tsd", MFD_CLOEXEC)) {
    if (file_ < 0) throw IoError("no memory for what another program writes");
  }
  ~Written() { close(file_); }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  int file() const { return file_; }

  std::string text() const {
    std::string all;
    std::array<char, 4096> part;
    for (ssize_t n; (n = pread(file_, part.data(), part.size(), static_cast<off_t>(all.size()))) > 0;)
      all.append(part.data(), static_cast<std::size_t>(n));
    return all;
  }

 private:
  int file_;
};

}  // namespace

std::optional<pid_t> start(std::vector<std::string> words) { return start(words, nullptr); }

std::optional<Answer> ask(std::vector<std::string> words) {
  const Written out, err;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out.file(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.file(), STDERR_FILENO);
  const auto child = start(words, &files);
  posix_spawn_file_actions_destroy(&files);
  int state = 0;
  if (!child || waitpid(*child, &state, 0) < 0) return std::nullopt;
  return Answer{WIFEXITED(state) ? WEXITSTATUS(state) : -1, out.text(), err.text()};
}

std::string quoted(const std::string& text) {
  std::string inside;
  for (const char c : text) inside += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + inside + "'";
}

}  // namespace tsd::cli
