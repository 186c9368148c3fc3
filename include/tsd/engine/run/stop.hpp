// Stopping on request: INT, TERM, HUP, USR1, USR2 and XCPU. A run with steps that are not saved ends the one
// it is at, saves and leaves. Whatever else the process does (it reads, sets up, analyses, writes results),
// it ends within a second: nothing is lost by that. A second INT or TERM ends it at once in any case.
#pragma once
#include <functional>

#include "tsd/error.hpp"

namespace tsd {

// Also ignores PIPE and XFSZ, so that a write that fails is an error and not the end of the process. HUP
// stays ignored where it was before (nohup).
void install_signal_handlers();

void hold_signals();       // they wait until install_signal_handlers(), also that of a program handed over to
void disregard_signals();  // as main() returns: there is nothing left to stop

int stop_signal() noexcept;              // the first signal that came, 0 if none
Exit exit_code_of(int signal) noexcept;  // 130 for INT, else 75

// While one lives, there is something to save: a signal only sets stop_signal(), and who holds this asks for
// it.
class Unsaved {
 public:
  Unsaved();
  ~Unsaved();
  Unsaved(const Unsaved&) = delete;
  Unsaved& operator=(const Unsaved&) = delete;
};

// While one lives, on_stop() is called before a signal ends the process: by another thread, once.
class Stoppable {
 public:
  explicit Stoppable(std::function<void(int signal)> on_stop);
  ~Stoppable();
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

 private:
  friend class Watcher;
  std::function<void(int signal)> on_stop_;
};

}  // namespace tsd
