#include <random>

#include "faults/toy_run.hpp"
#include "support/catch.hpp"

namespace tsd::test {
namespace {

// 80 steps of 2 ms with a checkpoint at each: whatever moment is hit, something is being written.
const std::vector<std::string> kBusy = {"epochs=16", "pause=2", "run.checkpoint_every=1e-9", "--quiet"};

void survive(int signal, int kills, unsigned seed) {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kBusy).code == 0);
  std::mt19937 random(seed);
  const auto parts = temporary / "parts";
  int killed = 0;
  while (killed < kills) {
    Process process(toy_words(parts, kBusy));
    // From before the start to some way on; short enough that the run is not over before the kills are.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60000));
    const auto asked = std::chrono::steady_clock::now();
    process.kill(signal);
    const auto outcome = process.wait();
    CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(10));
    if (outcome.code == 0) break;  // done already
    ++killed;
  }
  CAPTURE(signal, killed, seed);
  CHECK(killed > 0);
  const auto last = toy(parts, kBusy);
  CAPTURE(last.err);
  REQUIRE(last.code == 0);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(parts))
    CHECK(entry.path().filename().string().find(".tmp") == std::string::npos);
}

}  // namespace

TEST_CASE("kill: runs killed at random times end in the same bytes", "[faults]") { survive(SIGKILL, 4, 1); }

TEST_CASE("kill: many runs killed or asked to stop at random times", "[faults][slow]") {
  for (unsigned seed = 2; seed < 22; ++seed) survive(SIGKILL, 10, seed);
  for (unsigned seed = 22; seed < 32; ++seed) survive(SIGTERM, 10, seed);
}

TEST_CASE("kill: a killed run is listed as crashed, a living one as running", "[faults]") {
  const TemporaryDirectory temporary;
  Process process(toy_words(temporary.path(), {"epochs=100000", "pause=1", "run.checkpoint_every=1e-9"}));
  REQUIRE(has_checkpoint(temporary.path()));
  const auto state = [&] {
    const auto list = run_process({TSD_TOY, "list", temporary.path(), "--format", "csv"});
    REQUIRE(list.code == 0);
    return list.out;
  };
  CHECK(state().find(",running,") != std::string::npos);
  process.kill(SIGKILL);
  process.wait();
  CHECK(state().find(",crashed,") != std::string::npos);
}

TEST_CASE("kill: a sweep killed again and again ends as an undisturbed one", "[faults][slow]") {
  const TemporaryDirectory temporary;
  const auto words = [&](const char* name) {
    return std::vector<std::string>{
        TSD_TOY,   "train",          "--config", TSD_SOURCE_DIR "/tests/toy/sweep.yaml",
        "--out",   temporary / name, "--jobs",   "2",
        "pause=2", "epochs=10"};
  };
  REQUIRE(run_process(words("whole")).code == 0);
  std::mt19937 random(3);
  for (int kill = 0; kill < 10; ++kill) {
    Process process(words("parts"));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
    process.kill(SIGKILL);
    process.wait();
  }
  REQUIRE(run_process(words("parts")).code == 0);
  for (int index = 0; index < 6; ++index) {
    const auto name = "sweep/" + std::to_string(index);
    CHECK(differing(temporary / ("whole/" + name), temporary / ("parts/" + name)) == "");
  }
}

}  // namespace tsd::test
