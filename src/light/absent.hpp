// What stands where LibTorch's part would be. Nothing is computed in a program without LibTorch.
#pragma once
#include <stdexcept>

namespace tsd::light {

[[noreturn]] inline void absent() { throw std::logic_error("computing in a program without LibTorch"); }

}  // namespace tsd::light
