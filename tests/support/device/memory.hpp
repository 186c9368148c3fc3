// Memory of the walled device: pages that nobody may read or write but a kernel or a copy while it runs. A pointer
// into it that other code follows ends the process with a line that says so.
#pragma once
#include <cstddef>
#include <vector>

namespace tsd::walled {

// A block of at least `bytes`, filled with ones (NaN as a number), so that nobody lives on zeros by chance.
void* take(std::size_t bytes);
void give_back(void* block);
std::size_t blocks_in_use();

// Opens blocks, by their first bytes, for as long as it lives.
class Opened {
 public:
  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened();
  void add(void* block);

 private:
  std::vector<void*> blocks_;
};

}  // namespace tsd::walled
