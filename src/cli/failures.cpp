#include "cli/failures.hpp"

#include "tsd/engine/failure.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::cli {

void Failures::add(const std::exception_ptr& error) {
  const auto [code, message] = failure_of(error, context_.accelerator);
  RunResult failure;
  failure.code = code;
  failure.message = message;
  const std::lock_guard lock(mutex_);
  all_.push_back(std::move(failure));
}

void Failures::tell() const {
  if (all_.empty()) return;
  std::string text = count_ == 1 ? all_.front().message
                                 : std::to_string(all_.size()) + " of " + std::to_string(count_) +
                                       " were not " + done_ + ":";
  if (count_ > 1)
    for (const RunResult& failure : all_) text += "\n  " + failure.message;
  log_error(text);
  context_.exit = worst(all_);
}

}  // namespace tsd::cli
