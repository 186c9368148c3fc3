#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/run_files.hpp"

using namespace tsd::test;

TEST_CASE("kill: Fig. 3abc killed on its way ends in the same files", "[microcircuit][slow]") {
  const TemporaryDirectory temporary;
  const auto words = [&](const char* name) {
    return std::vector<std::string>{
        TSD_BINARY, "train",          "--config", TSD_SOURCE_DIR "/configs/microcircuit/fig3abc.yaml",
        "--out",    temporary / name, "--quiet",  "run.checkpoint_every=0.5"};
  };
  REQUIRE(run_process(words("whole")).code == 0);
  for (int kill = 0; kill < 3; ++kill) {
    Process process(words("parts"));
    std::this_thread::sleep_for(std::chrono::milliseconds(1700 + 150 * kill));
    process.kill(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);  // it was still on its way
  }
  REQUIRE(run_process(words("parts")).code == 0);
  CHECK(differing(temporary / "whole/fig3abc", temporary / "parts/fig3abc") == "");
}
