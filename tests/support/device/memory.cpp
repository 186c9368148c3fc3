#include "support/device/memory.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace tsd::walled {
namespace {

constexpr std::size_t kSpace = std::size_t{1} << 38;     // of addresses; memory is what is touched
constexpr std::size_t kGrain = 64;                       // as the CPU's allocator aligns
constexpr std::size_t kPage = 4096, kKept = 16 * kPage;  // more than that of a freed block is returned

std::size_t grains(std::size_t bytes) { return (bytes + kGrain - 1) / kGrain * kGrain; }

class Memory {
 public:
  static Memory& instance() {
    static auto* memory = new Memory;  // outlives every tensor
    return *memory;
  }

  void* take(std::size_t bytes) {
    const std::size_t whole = grains(bytes);
    const std::lock_guard lock(mutex_);
    watch();
    char* block = free_[whole].empty() ? fresh(whole) : pop(free_[whole]);
    blocks_[block] = whole;
    ++taken_;
    std::memset(behind(block), 0xff, bytes);
    return block;
  }

  void give_back(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    const std::size_t bytes = found->second;
    if (bytes > kKept) {  // whole pages inside of it
      auto* first = static_cast<char*>(behind(block)) + kPage;
      first -= reinterpret_cast<std::uintptr_t>(first) % kPage;
      madvise(first, bytes - 2 * kPage, MADV_REMOVE);
    }
    free_[bytes].push_back(static_cast<char*>(block));
    blocks_.erase(found);
  }

  std::size_t in_use() {
    const std::lock_guard lock(mutex_);
    return blocks_.size();
  }

  std::size_t taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

  void* behind(void* at) const { return at ? behind_ + (static_cast<char*>(at) - first_) : nullptr; }

 private:
  Memory() {
    const int file = memfd_create("walled", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, kSpace) != 0) throw std::bad_alloc();
    first_ = next_ = mapped(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    behind_ = mapped(PROT_READ | PROT_WRITE, MAP_SHARED, file);
    close(file);
  }

  static char* mapped(int access, int kind, int file) {
    void* space = mmap(nullptr, kSpace, access, kind | MAP_NORESERVE, file, 0);
    if (space == MAP_FAILED) throw std::bad_alloc();
    return static_cast<char*>(space);
  }

  char* fresh(std::size_t bytes) {
    if (next_ + bytes > first_ + kSpace) throw std::bad_alloc();
    next_ += bytes;
    return next_ - bytes;
  }

  static char* pop(std::vector<char*>& blocks) {
    char* last = blocks.back();
    blocks.pop_back();
    return last;
  }

  // Test programs set handlers of their own before each case: this one has to be the first that is asked.
  void watch() {
    struct sigaction now {};
    sigaction(SIGSEGV, nullptr, &now);
    if (now.sa_sigaction == on_fault) return;
    before_ = now;
    struct sigaction ours {};
    ours.sa_sigaction = on_fault;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &ours, nullptr);
  }

  static void on_fault(int, siginfo_t* info, void*) {
    Memory& memory = instance();
    const auto* at = static_cast<const char*>(info->si_addr);
    if (at >= memory.first_ && at < memory.first_ + kSpace) {
      static constexpr char kWords[] =
          "walled device: its memory was touched through a pointer, outside of a kernel or a copy\n";
      [[maybe_unused]] const auto n = write(STDERR_FILENO, kWords, sizeof kWords - 1);
    }
    sigaction(SIGSEGV, &memory.before_, nullptr);  // and fault again
  }

  std::mutex mutex_;
  char *first_ = nullptr, *next_ = nullptr, *behind_ = nullptr;
  std::unordered_map<void*, std::size_t> blocks_;  // bytes
  std::size_t taken_ = 0;
  std::map<std::size_t, std::vector<char*>> free_;
  struct sigaction before_ {};
};

}  // namespace

void* take(std::size_t bytes) { return bytes == 0 ? nullptr : Memory::instance().take(bytes); }
void give_back(void* block) {
  if (block) Memory::instance().give_back(block);
}
std::size_t blocks_in_use() { return Memory::instance().in_use(); }
std::size_t blocks_taken() { return Memory::instance().taken(); }

void* behind_the_wall(void* at) { return Memory::instance().behind(at); }

}  // namespace tsd::walled
