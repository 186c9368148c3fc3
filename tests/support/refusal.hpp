#pragma once
#include <string>

#include "tsd/error.hpp"

namespace tsd::test {

// What an error of `action` says, a DataError or the one asked for; "" where there is none.
template <class Error = DataError, class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace tsd::test
