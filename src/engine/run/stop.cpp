#include "tsd/engine/run/stop.hpp"

#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tsd/engine/run/log.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);  // what a handler may touch
sem_t came;

constexpr int kStopping[] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGHUP};

void mask(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : kStopping) sigaddset(&signals, signal);
  pthread_sigmask(how, &signals, nullptr);
}

// A shell and its terminal may both send HUP, a batch system USR1 and then TERM, and XCPU comes every second:
// only who asks twice by hand leaves at once.
bool insists(int signal) { return signal == SIGINT || signal == SIGTERM; }

extern "C" void on_signal(int signal) {
  int first = 0;
  if (first_signal.compare_exchange_strong(first, signal))
    sem_post(&came);
  else if (insists(signal) && insists(first))
    _exit(static_cast<int>(exit_code_of(signal)));
}

}  // namespace

// The thread that waits for the first signal, and what it has to heed.
class Watcher {
 public:
  static Watcher& instance() {
    static Watcher& one = *new Watcher;  // never destroyed: its thread outlives main()
    return one;
  }

  void start() {
    static const bool once = [this] {
      sem_init(&came, 0, 0);
      std::thread([this] { watch(); }).detach();
      return true;
    }();
    (void)once;
  }

  // What the thread needs is about to be destroyed. Where it is at work, it ends the process first.
  void finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    ++unsaved_;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    if (--unsaved_ == 0) saved_.notify_all();
  }
  void add(const Stoppable* work) {
    const std::lock_guard lock(mutex_);
    works_.push_back(work);
  }
  void remove(const Stoppable* work) {
    const std::lock_guard lock(mutex_);
    std::erase(works_, work);
  }

 private:
  void watch() {
    while (sem_wait(&came) != 0) continue;
    const int signal = stop_signal();
    std::unique_lock lock(mutex_);
    const bool waited = unsaved_ > 0;
    const auto saved = [this] { return unsaved_ == 0; };
    if (!saved_.wait_for(lock, std::chrono::seconds(1), saved)) {
      log_info("signal " + std::to_string(signal) +
               ": stopping after this step; a second one ends the program at once");
      saved_.wait(lock, saved);
    }
    if (finished_ || (waited && works_.empty())) return;  // the runs have saved and left, and so will main()
    if (works_.empty()) log_error("stopped by signal " + std::to_string(signal));
    for (const Stoppable* work : works_) work->on_stop_(signal);
    remove_open_temporaries();
    _exit(static_cast<int>(exit_code_of(signal)));
  }

  std::mutex mutex_;
  std::condition_variable saved_;
  int unsaved_ = 0;
  bool finished_ = false;
  std::vector<const Stoppable*> works_;
};

Unsaved::Unsaved() { Watcher::instance().hold(); }
Unsaved::~Unsaved() { Watcher::instance().release(); }

Stoppable::Stoppable(std::function<void(int signal)> on_stop) : on_stop_(std::move(on_stop)) {
  Watcher::instance().add(this);
}
Stoppable::~Stoppable() { Watcher::instance().remove(this); }

void install_signal_handlers() {
  Watcher::instance().start();
  struct sigaction action {
  }, before{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int signal : kStopping) {
    sigaction(signal, nullptr, &before);
    if (signal != SIGHUP || before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
  for (int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  mask(SIG_UNBLOCK);
}

void hold_signals() {
  mask(SIG_BLOCK);
  while (stop_signal() != 0) pause();  // one has come: the watcher ends the process
}

void disregard_signals() { Watcher::instance().finish(); }

int stop_signal() noexcept { return first_signal.load(std::memory_order_relaxed); }

Exit exit_code_of(int signal) noexcept { return signal == SIGINT ? Exit::interrupted : Exit::stopped; }

}  // namespace tsd
