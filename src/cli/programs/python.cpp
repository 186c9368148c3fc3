#include "cli/programs/python.hpp"

#include <cstdlib>
#include <filesystem>

#include "tsd/engine/run/provenance.hpp"

namespace tsd::cli {

std::string python() {
  if (const char* named = std::getenv("TSD_PYTHON")) return named;
  const std::filesystem::path own = data_folder() / ".venv/bin/python";
  return std::filesystem::exists(own) ? own.string() : "python3";
}

}  // namespace tsd::cli
