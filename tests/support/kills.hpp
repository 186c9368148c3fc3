// A run of tsd killed on its way, against one left alone.
#pragma once
#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/run_files.hpp"

namespace tsd::test {

// Names of the files that differ between a whole run of `config` (of the shipped ones, without .yaml) and one
// that was killed three times.
inline std::string differing_after_kills(const std::string& config,
                                         const std::vector<std::string>& overrides) {
  const TemporaryDirectory temporary;
  const auto words = [&](const char* name) {
    std::vector<std::string> all = {
        TSD_BINARY, "train",          "--config", TSD_SOURCE_DIR "/configs/" + config + ".yaml",
        "--out",    temporary / name, "--quiet"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return all;
  };
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(run_process(words("whole")).code == 0);
  const auto quarter = (std::chrono::steady_clock::now() - start) / 4;
  for (int kill = 0; kill < 3; ++kill) {
    Process process(words("parts"));
    std::this_thread::sleep_for(quarter);
    process.kill(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);  // it was still on its way
  }
  REQUIRE(run_process(words("parts")).code == 0);
  const auto folder = std::filesystem::path(config).filename();
  return differing(temporary / "whole" / folder, temporary / "parts" / folder);
}

}  // namespace tsd::test
