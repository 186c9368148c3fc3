// The list of all families. A new one is its folder, a line here below and a line in CMakeLists.txt.
#pragma once
#include <span>

#include "tsd/engine/experiment.hpp"

namespace tsd {
std::span<const Family> families();
}
