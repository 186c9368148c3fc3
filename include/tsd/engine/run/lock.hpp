// One process per run directory. The kernel holds the lock and drops it when the process ends, however it
// ends.
#pragma once
#include <filesystem>
#include <string>

namespace tsd {

class RunLock {
 public:
  // Locked (exit 75) naming the holder's host and pid where another process, or another run of this one, has
  // it.
  explicit RunLock(const std::filesystem::path& file);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

bool is_locked(const std::filesystem::path& file);

}  // namespace tsd
