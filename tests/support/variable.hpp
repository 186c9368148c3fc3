// An environment variable, set or unset until the test ends.
#pragma once
#include <cstdlib>
#include <optional>
#include <string>

namespace tsd::test {

class Variable {
 public:
  explicit Variable(const char* name, const std::optional<std::string>& value = {}) : name_(name) {
    if (const char* found = std::getenv(name)) before_ = found;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  void set(const std::optional<std::string>& value) {
    if (value)
      ::setenv(name_, value->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace tsd::test
