#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd::test;

namespace {

class Sweep {
 public:
  explicit Sweep(std::vector<std::string> options) : options_(std::move(options)) {}

  std::vector<std::string> words(const std::filesystem::path& out) const {
    std::vector<std::string> all = {TSD_BINARY, "train-dual-stream",
                                    "--config", TSD_SOURCE_DIR "/configs/dual_stream/dlMU_dnn.yaml",
                                    "--jobs",   "2",
                                    "--quiet",  "run.checkpoint_every=0.1",
                                    "--out",    out.string()};
    all.insert(all.end(), options_.begin(), options_.end());
    return all;
  }

  // Killed as soon as `file` of the sweep is there, and begun again, its runs [first, last] have the same
  // files as one that nobody disturbed.
  void check_kill(const std::string& file, int first, int last) const {
    const TemporaryDirectory temporary;
    REQUIRE(run_process(words(temporary / "whole")).code == 0);
    Process process(words(temporary / "parts"));
    while (!std::filesystem::exists(temporary / "parts/dlMU_dnn" / file))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process.kill(SIGKILL);
    REQUIRE(process.wait().signal == SIGKILL);  // it was still on its way
    REQUIRE(run_process(words(temporary / "parts")).code == 0);
    for (int index = first; index <= last; ++index) {
      const std::string run = "dlMU_dnn/" + std::to_string(index);
      CAPTURE(index);
      CHECK(differing(temporary / "whole" / run, temporary / "parts" / run) == "");
    }
  }

 private:
  std::vector<std::string> options_;
};

}  // namespace

TEST_CASE("dual stream kill: published configs, killed on their way, end in the same files",
          "[dual_stream][slow]") {
  Sweep({"--begin", "55", "--end", "60"}).check_kill("56/checkpoints/last.safetensors", 55, 60);
}

TEST_CASE("dual stream kill: all 214 configs of the sweep, shortened", "[dual_stream][slow]") {
  Sweep({"--begin", "1", "--end", "214", "epochs=2", "n_runs=2"}).check_kill("107/results.h5", 1, 214);
}
