// The library behind LibTorch's matrix products.
#pragma once
#include <string>

namespace tsd::nn {
std::string product_kernels();  // its name and the instructions that it uses here, for people
}
