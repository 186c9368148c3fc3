// The program that is started and the one with LibTorch that it hands over to.
#include <algorithm>

#include "support/catch.hpp"
#include "support/process.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;
const std::string kConfig = TSD_SOURCE_DIR "/configs/nback/smoke.yaml";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Outcome in_environment(const std::string& setting, std::vector<std::string> words) {
  words.insert(words.begin(), {"env", "-u", "OMP_WAIT_POLICY", "-u", "GOMP_SPINCOUNT", setting});
  return run_process(std::move(words));
}

}  // namespace

TEST_CASE("start: LibTorch is loaded where something is computed, not before", "[start]") {
  const auto libraries = in_environment("LD_TRACE_LOADED_OBJECTS=1", {TSD_BINARY}).out;
  CHECK(has(libraries, "libc.so"));
  for (const char* heavy : {"libtorch", "libc10", "omp.so", "mkl", "cuda"})
    CHECK_FALSE(has(libraries, heavy));
  CHECK(has(in_environment("LD_TRACE_LOADED_OBJECTS=1", {TSD_BINARY "-compute"}).out, "libtorch"));

  const TemporaryDirectory folder;
  const auto alone = folder / "tsd";
  fs::copy_file(TSD_BINARY, alone);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--version"},
                                                {"validate", kConfig},
                                                {"list", folder.path()},
                                                {"schema"},
                                                {"train", "--config", kConfig, "--dry-run"},
                                                {"train", "--config", kConfig, "--print-config"}}) {
    CAPTURE(words);
    auto all = words;
    all.insert(all.begin(), alone);
    CHECK(run_process(all).code == 0);
  }
  for (const std::string family : {"dual_stream", "microcircuit"}) {  // whose own kernels need nothing else
    CAPTURE(family);
    const std::string config = TSD_SOURCE_DIR "/configs/" + family + "/smoke.yaml";
    CHECK(run_process({alone, "train", "--config", config, "--out", folder / "native", "--quiet"}).code == 0);
    CHECK(
        run_process({alone, "train", "--config", config, "--out", folder / "plain", "backend=torch"}).code ==
        66);
  }
  const auto outcome = run_process({alone, "train", "--config", kConfig, "--out", folder / "out"});
  CHECK(outcome.code == 66);
  CHECK(has(outcome.err, (folder / "tsd-compute").string() + ": No such file or directory; expected beside"));
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("start: threads that wait do so without spinning, unless a user wants it", "[start]") {
  CHECK(has(in_environment("OMP_DISPLAY_ENV=true", {TSD_BINARY, "info"}).err, "OMP_WAIT_POLICY = 'PASSIVE'"));
  const auto asked =
      in_environment("OMP_WAIT_POLICY=active", {"env", "OMP_DISPLAY_ENV=true", TSD_BINARY, "info"});
  CHECK(has(asked.err, "OMP_WAIT_POLICY = 'ACTIVE'"));
}

TEST_CASE("start: one processor, one thread", "[start]") {
  const auto outcome =
      run_process({"taskset", "-c", "0", TSD_BINARY, "train", "--config", kConfig, "--dry-run"});
  if (outcome.code == 1 && has(outcome.err, "failed to set")) return;  // processor 0 is not ours
  CHECK(has(outcome.out, " 1 thread(s)"));
}

}  // namespace tsd::test
