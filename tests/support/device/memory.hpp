// Memory of the walled device. Its addresses can be neither read nor written; kernels and copies find the same memory at
// other ones. A pointer of a tensor that any other code follows ends the process with a line that says so.
#pragma once
#include <cstddef>

namespace tsd::walled {

// A block of at least `bytes`, filled with ones (NaN as a number), so that nobody lives on zeros by chance.
void* take(std::size_t bytes);
void give_back(void* block);
std::size_t blocks_in_use();
std::size_t blocks_taken();  // ever

// Where a kernel finds what lies at an address of the device.
void* behind_the_wall(void* at);

}  // namespace tsd::walled
