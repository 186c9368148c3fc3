#include "tsd/engine/run/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "tsd/engine/run/provenance.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

// is_locked() of another process takes the lock for an instant, so one refusal is not yet a holder.
bool acquire(int descriptor) {
  using namespace std::chrono;
  const auto deadline = steady_clock::now() + milliseconds(300);
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

std::string holder_of(int descriptor) {
  char text[512];
  const auto length = pread(descriptor, text, sizeof text, 0);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : "another process";
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& file) {
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw CannotCreate(file.string() + ": " + std::strerror(errno));
  if (!acquire(descriptor_)) {
    const auto holder = holder_of(descriptor_);
    close(descriptor_);
    throw Locked(file.parent_path().string() + ": in use by " + holder +
                 "; wait for it, or choose another --out");
  }
  const std::string self = "host " + host_name() + ", pid " + std::to_string(getpid());
  // Only a courtesy to whoever is refused: a disk too full for it is found by the writes that matter.
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, self.data(), self.size(), 0) < 0) return;
}

RunLock::~RunLock() { close(descriptor_); }

bool is_locked(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return locked;
}

}  // namespace tsd
