#include "support/device/memory.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

namespace tsd::walled {
namespace {

constexpr std::size_t kPage = 4096, kSpace = std::size_t{1} << 38;  // of addresses; memory is what is touched
constexpr std::size_t kKept = 16 * kPage;  // more than that of a freed block is returned

struct Block {
  std::size_t bytes = 0;  // whole pages
  int open = 0;           // by how many
};

class Memory {
 public:
  static Memory& instance() {
    static auto* memory = new Memory;  // outlives every tensor
    return *memory;
  }

  void* take(std::size_t bytes) {
    const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
    const std::lock_guard lock(mutex_);
    watch();
    char* block = free_[whole].empty() ? fresh(whole) : pop(free_[whole]);
    blocks_[block] = {whole, 0};
    allow(block, whole, PROT_READ | PROT_WRITE);
    std::memset(block, 0xff, bytes);
    allow(block, whole, PROT_NONE);
    return block;
  }

  void give_back(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    const std::size_t bytes = found->second.bytes;
    if (bytes > kKept) madvise(block, bytes, MADV_DONTNEED);
    free_[bytes].push_back(static_cast<char*>(block));
    blocks_.erase(found);
  }

  void open(void* block) {
    const std::lock_guard lock(mutex_);
    Block& b = blocks_.at(block);
    if (b.open++ == 0) allow(block, b.bytes, PROT_READ | PROT_WRITE);
  }

  void close(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    if (found != blocks_.end() && --found->second.open == 0) allow(block, found->second.bytes, PROT_NONE);
  }

  std::size_t in_use() {
    const std::lock_guard lock(mutex_);
    return blocks_.size();
  }

 private:
  Memory() {
    void* space = mmap(nullptr, kSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) throw std::bad_alloc();
    first_ = next_ = static_cast<char*>(space);
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

  static void allow(void* block, std::size_t bytes, int what) {
    if (mprotect(block, bytes, what) != 0) throw std::bad_alloc();
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
  char *first_ = nullptr, *next_ = nullptr;
  std::unordered_map<void*, Block> blocks_;
  std::map<std::size_t, std::vector<char*>> free_;
  struct sigaction before_ {};
};

}  // namespace

void* take(std::size_t bytes) { return bytes == 0 ? nullptr : Memory::instance().take(bytes); }
void give_back(void* block) {
  if (block) Memory::instance().give_back(block);
}
std::size_t blocks_in_use() { return Memory::instance().in_use(); }

Opened::~Opened() {
  for (void* block : blocks_) Memory::instance().close(block);
}

void Opened::add(void* block) {
  if (!block) return;
  Memory::instance().open(block);
  blocks_.push_back(block);
}

}  // namespace tsd::walled
