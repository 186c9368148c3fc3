// A run that takes a week, by a clock of its own.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "toy/toy.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/io/safetensors.hpp"

namespace {
std::atomic<std::int64_t> ahead{0};  // s, of both clocks
}

// In place of the C library's: what <chrono> asks, and std::time().
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long failed = syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC)) now->tv_sec += ahead;
  return static_cast<int>(failed);
}
extern "C" time_t time(time_t* told) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (told) *told = now.tv_sec;
  return now.tv_sec;
}

namespace tsd::test {
namespace {

constexpr std::int64_t kStep = 700, kWeek = 7 * 24 * 3600;  // s

std::time_t seconds_of(const std::string& utc) {
  std::tm parts{};
  REQUIRE(strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) != nullptr);
  return timegm(&parts);
}

}  // namespace

TEST_CASE("week: a run of seven days is running to its end, with a beat and a checkpoint at each step",
          "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<Family> families = {toy::family()};
  set_quiet(true);
  RunRequest request;
  request.config = ConfigFile(TSD_SOURCE_DIR "/tests/toy/toy.yaml", families)
                       .resolve(std::nullopt, {"epochs=" + std::to_string(kWeek / kStep), "batches=1"});
  request.directory = temporary / "toy";
  const RunDirectory directory{request.directory};
  const std::time_t begun = std::time(nullptr);
  std::int64_t steps = 0, beats = 0, saved = 0;
  request.stop = [&] {
    const auto status = read_status(directory.status());
    REQUIRE(status);
    beats += status->state == RunState::running && status->step == steps + 1 &&
             seconds_of(status->updated_utc) - begun >= steps * kStep;
    const auto checkpoint =
        read_safetensors(directory.checkpoints() / "last.safetensors", Checksum::required);
    saved += checkpoint.metadata.at("step") == std::to_string(steps + 1);
    ++steps;
    ahead += kStep;
    return 0;
  };
  const auto result = run_one(request, Accelerator());
  ahead = 0;
  CHECK(result.state == RunState::done);
  CHECK(steps == kWeek / kStep);
  CHECK(beats >= steps - 1);  // the first step is done before a beat is due
  CHECK(saved >= steps - 1);
  CHECK(std::abs(result.wall_seconds - static_cast<double>(steps * kStep)) < 600);
  CHECK(read_status(directory.status())->wall_seconds == result.wall_seconds);
}

}  // namespace tsd::test
