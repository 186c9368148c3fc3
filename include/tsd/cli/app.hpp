// The command line over any list of families.
#pragma once
#include <span>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd {

// The exit code (tsd/error.hpp). Every error of a user ends here, as one message on stderr.
int run_app(int argc, char** argv, std::span<const Family> families, const Accelerator& accelerator);

}  // namespace tsd
