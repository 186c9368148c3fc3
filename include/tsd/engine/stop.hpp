// Stopping on request. INT, TERM and USR1 set a flag that the runner reads between two steps; a second signal
// leaves at once.
#pragma once
#include "tsd/error.hpp"

namespace tsd {

// Also ignores SIGXFSZ, so that a write beyond a file-size limit is an error and not the end of the process.
void install_signal_handlers();

int stop_signal() noexcept;              // the first signal that came, 0 if none
Exit exit_code_of(int signal) noexcept;  // 130 for INT, else 75

}  // namespace tsd
