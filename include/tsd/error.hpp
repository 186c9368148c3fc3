// Errors a user can act on, and the exit codes they end with (sysexits; documented in README.md).
// Anything thrown that is not a UserError is a bug, and main() says so.
#pragma once
#include <stdexcept>
#include <string>

namespace tsd {

enum class Exit : int {
  ok = 0,
  usage = 64,          // wrong command line
  data = 65,           // a file's content is wrong
  missing_input = 66,  // a file is not there
  bug = 70,
  cannot_create = 73,
  io = 74,       // disk full, read or write error
  stopped = 75,  // stopped early and resumable, or the run directory is locked
  config = 78,
  diverged = 80,
  out_of_memory = 81,
  interrupted = 130,  // by the user; resumable
};

class UserError : public std::runtime_error {
 public:
  UserError(Exit code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Exit code() const noexcept { return code_; }

 private:
  Exit code_;
};

// One type per exit code, so that a throw reads as what it means.
template <Exit C>
struct ErrorOf : UserError {
  explicit ErrorOf(const std::string& message) : UserError(C, message) {}
};
using UsageError = ErrorOf<Exit::usage>;
using DataError = ErrorOf<Exit::data>;
using MissingInput = ErrorOf<Exit::missing_input>;
using CannotCreate = ErrorOf<Exit::cannot_create>;
using IoError = ErrorOf<Exit::io>;
using Locked = ErrorOf<Exit::stopped>;
using ConfigError = ErrorOf<Exit::config>;  // one line per problem, each with its place
using NumericError = ErrorOf<Exit::diverged>;
using OutOfMemory = ErrorOf<Exit::out_of_memory>;

}  // namespace tsd
