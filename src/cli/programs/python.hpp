// The Python that runs tsd's scripts.
#pragma once
#include <string>

namespace tsd::cli {

// TSD_PYTHON, or that of the checkout's .venv, or python3.
std::string python();

}  // namespace tsd::cli
