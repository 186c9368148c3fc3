#include "faults/toy_run.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/provenance.hpp"

namespace tsd::test {

TEST_CASE("lock: a second process in the same directory is turned away at once", "[faults]") {
  const TemporaryDirectory temporary;
  Process first(toy_words(temporary.path(), {"epochs=100000", "pause=1"}));
  REQUIRE(has_checkpoint(temporary.path()));
  const auto before = std::chrono::steady_clock::now();
  const auto second = toy(temporary.path(), {"epochs=100000", "pause=1"});
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
  CHECK(second.code == 75);
  CHECK(second.err.find("in use by host " + host_name() + ", pid " + std::to_string(first.pid())) !=
        std::string::npos);
  first.kill(SIGTERM);
  CHECK(first.wait().code == 75);  // undisturbed until asked to stop
}

TEST_CASE("lock: many processes share a sweep and each index is run once", "[faults][slow]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> words = {
      TSD_TOY, "train",          "--config", TSD_SOURCE_DIR "/tests/toy/sweep.yaml",
      "--out", temporary.path(), "pause=3"};
  {
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < 16; ++i) processes.push_back(std::make_unique<Process>(words));
    for (auto& process : processes) {
      const auto code = process->wait().code;
      CHECK((code == 0 || code == 75));
    }
  }
  for (int index = 0; index < 6; ++index) {
    const RunDirectory run{temporary / ("sweep/" + std::to_string(index))};
    CAPTURE(index);
    CHECK(read_status(run.status())->state == RunState::done);
    const auto log = slurp(run.log());
    const std::string start = ", 20 steps on cpu";
    CHECK(log.find(start) != std::string::npos);
    CHECK(log.find(start) == log.rfind(start));
    CHECK(slurp(run.metrics()).size() > 0);
  }
}

}  // namespace tsd::test
