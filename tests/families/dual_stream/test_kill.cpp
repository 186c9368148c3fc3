#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd::test;

TEST_CASE("dual stream kill: a sweep killed on its way ends in the same files", "[dual_stream][slow]") {
  const TemporaryDirectory temporary;
  const auto words = [&](const char* name) {
    return std::vector<std::string>{TSD_BINARY, "train-dual-stream",
                                    "--config", TSD_SOURCE_DIR "/configs/dual_stream/dlMU_dnn.yaml",
                                    "--begin",  "55",
                                    "--end",    "60",
                                    "--jobs",   "2",
                                    "--out",    (temporary / name).string(),
                                    "--quiet",  "run.checkpoint_every=0.1"};
  };
  REQUIRE(run_process(words("whole")).code == 0);
  Process process(words("parts"));
  while (!std::filesystem::exists(temporary / "parts/dlMU_dnn/56/checkpoints/last.safetensors"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.kill(SIGKILL);
  REQUIRE(process.wait().signal == SIGKILL);  // it was still on its way
  REQUIRE(run_process(words("parts")).code == 0);
  for (int index = 55; index <= 60; ++index) {
    const std::string run = "dlMU_dnn/" + std::to_string(index);
    CHECK(differing((temporary / "whole") / run, (temporary / "parts") / run) == "");
  }
}
