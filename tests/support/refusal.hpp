#pragma once
#include <string>

#include "tsd/error.hpp"

namespace tsd::test {

// What a DataError of `action` says; "" where there is none.
template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace tsd::test
