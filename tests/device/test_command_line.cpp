// The device as a user names it: the program with the walled device linked in, and the program without.
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::test {

TEST_CASE("device: --device of train and analyze, and tsd info", "[device][cli]") {
  TemporaryDirectory temporary;
  const std::string config = TSD_SOURCE_DIR "/configs/dual_stream/smoke_shj.yaml";
  const auto train = [&](const std::string& program, const std::string& device) {
    return run_process({program, "train", "--config", config, "--out", (temporary / device).string(),
                        "--device", device, "--threads", "1", "epochs=2"});
  };
  const auto trained = train(TSD_WALLED, "walled:1");
  CAPTURE(trained.err);
  REQUIRE(trained.code == 0);
  const auto run = std::filesystem::directory_iterator(temporary / "walled:1")->path();
  CHECK(Hdf5Reader(RunDirectory{run}.results()).text_attribute("/", "device") == "walled:1");
  const auto analysed = run_process({TSD_WALLED, "analyze", run.string(), "--device", "walled"});
  CAPTURE(analysed.err);
  CHECK(analysed.code == 0);

  CHECK_THAT(run_process({TSD_WALLED, "info"}).out, Catch::Contains("walled:0 walled:1"));
  CHECK_THAT(train(TSD_WALLED, "walled:2").err,
             Catch::Contains("expected auto, cpu, walled or walled:k with k < 2"));
  CHECK_THAT(train(TSD_BINARY, "walled").err, Catch::Contains("unknown device; expected auto, cpu, cuda or"));
}

}  // namespace tsd::test
