// The toy's program, as the tests of the command line use it.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace tsd::test {

const std::string kToy = TSD_SOURCE_DIR "/tests/toy/toy.yaml",
                  kSweep = TSD_SOURCE_DIR "/tests/toy/sweep.yaml";

inline Outcome tsd(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TSD_TOY);
  return run_process(std::move(arguments));
}

inline Outcome shell(const std::string& line) { return run_process({"bash", "-c", line}); }

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace tsd::test
