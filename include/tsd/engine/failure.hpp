// Any exception as an exit code and a message for the user.
#pragma once
#include <exception>
#include <string>

#include "tsd/engine/accelerator.hpp"
#include "tsd/error.hpp"

namespace tsd {

struct Failure {
  Exit code;
  std::string message;
};
Failure failure_of(const std::exception_ptr& error, const Accelerator& accelerator);

}  // namespace tsd
