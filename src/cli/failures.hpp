// Commands over many runs: what fails is told at the end, and stops none of the others.
#pragma once
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "tsd/engine/run/run_many.hpp"

namespace tsd::cli {

class Failures {
 public:
  // done: the participle of what was to be done to `count` runs, "drawn".
  Failures(std::string done, std::size_t count, Context& context)
      : done_(std::move(done)), count_(count), context_(context) {}

  // From any thread.
  template <class Action>
  void attempt(const Action& action) {
    try {
      action();
    } catch (...) {
      add(std::current_exception());
    }
  }

  void tell() const;  // and sets the exit code

 private:
  void add(const std::exception_ptr& error);

  std::string done_;
  std::size_t count_;
  Context& context_;
  std::mutex mutex_;
  std::vector<RunResult> all_;
};

}  // namespace tsd::cli
