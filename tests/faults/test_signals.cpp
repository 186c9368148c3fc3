#include "faults/toy_run.hpp"
#include "support/catch.hpp"

namespace tsd::test {

TEST_CASE("signals: the run stops after its step, says so, and goes on to the same bytes", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> settings = {"epochs=20", "pause=5"};
  REQUIRE(toy(temporary / "whole", settings).code == 0);
  const std::pair<int, int> cases[] = {{SIGINT, 130}, {SIGTERM, 75}, {SIGUSR1, 75}};
  for (const auto& [signal, code] : cases) {
    CAPTURE(signal);
    const auto parts = temporary / std::to_string(signal);
    Process process(toy_words(parts, settings));
    REQUIRE(has_checkpoint(parts));
    const auto before = std::chrono::steady_clock::now();
    process.kill(signal);
    const auto outcome = process.wait();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));
    CHECK(outcome.code == code);
    CHECK(outcome.err.find("the same command goes on from there") != std::string::npos);
    const auto status = toy_status(parts);
    REQUIRE(status);
    CHECK(status->state == RunState::stopped);
    CHECK(status->exit_code == static_cast<Exit>(code));
    CHECK(status->step < status->total);
    REQUIRE(toy(parts, settings).code == 0);
    CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
  }
}

TEST_CASE("signals: a second one ends the process at once", "[faults]") {
  const TemporaryDirectory temporary;
  // A step takes a minute: only the second signal can end the process sooner.
  Process process(toy_words(temporary.path(), {"pause=60000"}));
  REQUIRE(eventually([&] { return toy_status(temporary.path()).has_value(); }));
  process.kill(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  process.kill(SIGINT);
  const auto before = std::chrono::steady_clock::now();
  CHECK(process.wait().code == 130);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
}

TEST_CASE("signals: a sweep stops as a whole and a rerun does what is left", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> words = {
      TSD_TOY, "train",          "--config", TSD_SOURCE_DIR "/tests/toy/sweep.yaml",
      "--out", temporary.path(), "pause=5"};
  Process process(words);
  REQUIRE(eventually([&] { return std::filesystem::exists(temporary / "sweep/0/results.h5"); }));
  process.kill(SIGTERM);
  const auto outcome = process.wait();
  CHECK(outcome.code == 75);
  CHECK_FALSE(std::filesystem::exists(temporary / "sweep/5"));
  const auto first = std::filesystem::last_write_time(temporary / "sweep/0/results.h5");
  REQUIRE(run_process(words).code == 0);
  CHECK(std::filesystem::last_write_time(temporary / "sweep/0/results.h5") == first);
  for (int index = 0; index < 6; ++index)
    CHECK(std::filesystem::exists(temporary / ("sweep/" + std::to_string(index) + "/results.h5")));
}

}  // namespace tsd::test
