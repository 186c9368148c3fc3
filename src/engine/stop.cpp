#include "tsd/engine/stop.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace tsd {
namespace {
std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);  // what a handler may touch

extern "C" void on_signal(int signal) {
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, signal)) _exit(static_cast<int>(exit_code_of(signal)));
}
}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  ::signal(SIGXFSZ, SIG_IGN);
}

int stop_signal() noexcept { return first_signal.load(std::memory_order_relaxed); }

Exit exit_code_of(int signal) noexcept { return signal == SIGINT ? Exit::interrupted : Exit::stopped; }

}  // namespace tsd
