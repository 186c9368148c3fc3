// A trial, in a child process, of what a library may not survive.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace tsd {

// Does `action`, which reads `file`, in a child process. DataError, which begins with `where`, if the child ends by a signal or
// computes for longer than any reading of so large a file takes. What the action throws is not told: it comes again when the
// caller does the same. Without room for another process nothing is tried.
void rehearse(const std::function<void()>& action, const std::filesystem::path& file,
              const std::string& where);

}  // namespace tsd
