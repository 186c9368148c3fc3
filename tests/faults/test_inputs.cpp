// Inputs that are not what they were, and starts that failed on them.
#include "faults/toy_run.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "toy/toy.hpp"
#include "tsd/engine/analyze.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;

// One that looks at nothing but takes the same way as those that do.
const std::vector<Family>& families() {
  static const std::vector<Family> all = [] {
    Family family = toy::family();
    family.analyses = {{"look", "nothing", {}, [](Experiment&, Hdf5Writer&) {}}};
    return std::vector<Family>{family};
  }();
  return all;
}

RunRequest request_for(const fs::path& out, const std::string& start_file) {
  set_quiet(true);
  RunRequest request;
  request.config = ConfigFile(TSD_SOURCE_DIR "/tests/toy/toy.yaml", families())
                       .resolve(std::nullopt, {"start_file=" + start_file});
  request.directory = out / "toy";
  return request;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void check_refusal(const std::string& message, const fs::path& file) {
  CHECK(has(message, "start_file: "));
  CHECK(has(message, file));
  CHECK(has(message, sha256(std::string_view("0.5"))));
  CHECK(has(message, sha256(std::string_view("0.7"))));
}

}  // namespace

TEST_CASE("inputs: a file exchanged while a run stands still, or after its end, is refused", "[faults]") {
  const TemporaryDirectory temporary;
  const fs::path file = temporary / "start.txt";
  spit(file, "0.5");
  auto request = request_for(temporary.path(), file);
  request.stop = [] { return SIGTERM; };
  REQUIRE(run_one(request, Accelerator()).state == RunState::stopped);
  const RunDirectory directory{request.directory};
  REQUIRE(read_status(directory.status())->inputs.size() == 1);
  CHECK(read_status(directory.status())->inputs[0].sha256 == sha256(std::string_view("0.5")));

  request.stop = [] { return 0; };
  const auto files = [&] { return slurp(directory.checkpoints() / "last.safetensors"); };
  const auto before = files();
  spit(file, "0.7");
  check_refusal(refusal([&] { run_one(request, Accelerator()); }), file);
  CHECK(files() == before);
  spit(file, "0.5");
  REQUIRE(run_one(request, Accelerator()).state == RunState::done);
  const Hdf5Reader results(directory.results());
  CHECK(results.strings("/provenance/inputs/key") == std::vector<std::string>{"start_file"});
  CHECK(results.strings("/provenance/inputs/path") == std::vector<std::string>{file});
  CHECK(results.strings("/provenance/inputs/sha256") ==
        std::vector<std::string>{sha256(std::string_view("0.5"))});

  const auto analyze = [&](const std::vector<std::string>& overrides) {
    analyze_run(request.directory, families()[0].analyses[0], families(), Accelerator(), overrides);
  };
  spit(file, "0.7");
  check_refusal(refusal([&] { run_one(request, Accelerator()); }), file);  // not "nothing left to do"
  check_refusal(refusal([&] { analyze({}); }), file);
  spit(temporary / "meant.txt", "0.9");
  CHECK_NOTHROW(analyze({"start_file=" + std::string(temporary / "meant.txt")}));
  spit(file, "0.5");
  CHECK_NOTHROW(analyze({}));
}

TEST_CASE("inputs: a checkpoint of a run on other data is refused even where status.json does not tell",
          "[faults]") {
  const TemporaryDirectory temporary;
  const fs::path file = temporary / "start.txt";
  spit(file, "0.5");
  auto request = request_for(temporary.path(), file);
  request.stop = [] { return SIGTERM; };
  REQUIRE(run_one(request, Accelerator()).state == RunState::stopped);
  fs::remove(RunDirectory{request.directory}.status());
  spit(file, "0.7");
  check_refusal(refusal([&] { run_one(request, Accelerator()); }), "start_file");
}

TEST_CASE("inputs: the file may move, and the run goes on", "[faults]") {
  const TemporaryDirectory temporary;
  spit(temporary / "a/start.txt", "0.5");
  auto request = request_for(temporary.path(), temporary / "a/start.txt");
  request.stop = [] { return SIGTERM; };
  REQUIRE(run_one(request, Accelerator()).state == RunState::stopped);
  fs::rename(temporary / "a", temporary / "b");
  CHECK(run_one(request_for(temporary.path(), temporary / "b/start.txt"), Accelerator()).state ==
        RunState::done);
}

TEST_CASE("inputs: a start that failed on them gives way to the corrected command", "[faults]") {
  const TemporaryDirectory temporary;
  spit(temporary / "wrong.txt", "not a number");
  spit(temporary / "right.txt", "0.5");
  const auto with = [&](const std::string& file, std::vector<std::string> more = {}) {
    more.push_back("start_file=" + std::string(temporary / file));
    return toy(temporary / "out", more);
  };
  CHECK(with("wrong.txt").code == 65);
  CHECK(toy_status(temporary / "out")->state == RunState::failed);
  CHECK(with("right.txt", {"lr=0.02"}).code == 0);
  CHECK(has(slurp(toy_directory(temporary / "out").config()), "lr: 0.02\n"));
  const auto other = with("right.txt");  // that run has steps to lose
  CHECK(other.code == 78);
  CHECK(has(other.err, "another configuration (lr: 0.02 there, 0.05 here)"));
}

TEST_CASE("inputs: a sweep tries again what failed before its first step", "[faults]") {
  const TemporaryDirectory temporary;
  const auto sweep = [&] {
    return run_process({TSD_TOY, "train", "--config", TSD_SOURCE_DIR "/tests/toy/sweep.yaml", "--out",
                        temporary / "out", "--quiet", "start_file=" + std::string(temporary / "start.txt")});
  };
  spit(temporary / "start.txt", "not a number");
  CHECK(sweep().code == 65);
  spit(temporary / "start.txt", "0.5");
  CHECK(sweep().code == 0);
}

}  // namespace tsd::test
