#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/run_files.hpp"

using namespace tsd::test;

// Through several intervals: the criterion is soft, so that they follow each other fast.
TEST_CASE("kill: a curriculum killed on its way ends in the same files", "[plastic][slow]") {
  const TemporaryDirectory temporary;
  const auto words = [&](const char* name) {
    return std::vector<std::string>{TSD_BINARY,
                                    "train",
                                    "--config",
                                    TSD_SOURCE_DIR "/configs/plastic.yaml",
                                    "--out",
                                    temporary / name,
                                    "--quiet",
                                    "run.checkpoint_every=0.3",
                                    "hidden_dims=[50,50]",
                                    "n_runs=2",
                                    "acc_threshold=0.8",
                                    "max_total_iterations=6000"};
  };
  REQUIRE(run_process(words("whole")).code == 0);
  for (int kill = 0; kill < 3; ++kill) {
    Process process(words("parts"));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100 + 150 * kill));
    process.kill(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);  // it was still on its way
  }
  REQUIRE(run_process(words("parts")).code == 0);
  CHECK(differing(temporary / "whole/plastic", temporary / "parts/plastic") == "");
}
