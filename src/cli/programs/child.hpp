// Other programs that tsd starts.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace tsd::cli {

// The process id; nothing where it cannot be started. The child finds the signals that are ignored here as
// they were.
std::optional<pid_t> start(std::vector<std::string> words);

struct Answer {
  int code = -1;  // -1: a signal ended it
  std::string out, err;
};

// Waits for its end; nothing where it cannot be started.
std::optional<Answer> ask(std::vector<std::string> words);

// One word of a shell, whatever it holds.
std::string quoted(const std::string& text);

}  // namespace tsd::cli
