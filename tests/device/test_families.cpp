// Every family's plain backend on the walled device: what the CPU gives, bit for bit.
#include "device/runs.hpp"
#include "support/catch.hpp"

namespace tsd {

TEST_CASE("device: a run of each family has the CPU's numbers", "[device]") {
  for (const auto& [subject, name] : plain_runs()) {
    DYNAMIC_SECTION(name) {
      TemporaryDirectory temporary;
      for (const std::string device : {"cpu", "walled:1"})
        REQUIRE(run(request_for(subject, temporary / device, on(device))).state == RunState::done);
      CHECK(slurp(temporary / "cpu/metrics.csv") == slurp(temporary / "walled:1/metrics.csv"));
      CHECK(differing_datasets(temporary / "cpu/results.h5", temporary / "walled:1/results.h5") == "");
    }
  }
}

}  // namespace tsd
