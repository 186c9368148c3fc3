#include "cli/program.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/lock.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;

void train(const fs::path& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"train", "--config", kToy, "--out", out};
  words.insert(words.end(), more.begin(), more.end());
  REQUIRE(tsd(words).code == 0);
}

std::vector<std::string> files_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) names.push_back(entry.path());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("analyze: goes on past what is no finished run, and says so at the end", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "a");
  train(temporary / "b");
  spit(temporary / "README.md", "not a run");
  fs::create_directory(temporary / "empty");
  const auto all = tsd(
      {"analyze", temporary / "README.md", temporary / "a/toy", temporary / "empty", temporary / "b/toy"});
  CHECK(all.code == 66);
  CHECK(has(all.err, "error: 2 of 4 were not analysed:\n"));
  CHECK(has(all.err, "\n  " + (temporary / "empty").string() + ": not a run directory"));
  CHECK(fs::exists(temporary / "a/toy/root.h5"));
  CHECK(fs::exists(temporary / "b/toy/root.h5"));
  const auto one = tsd({"analyze", temporary / "empty"});
  CHECK(one.code == 66);
  CHECK(one.err == "error: " + (temporary / "empty").string() + ": not a run directory (no status.json)\n");
  CHECK(tsd({"analyze", temporary / "a/toy", "--only", "slope"}).code == 64);
  CHECK(tsd({"analyze", "lr=1"}).code == 64);
}

TEST_CASE("analyze: of a run that has not come to its end, what became of it", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "a");
  const fs::path run = temporary / "a/toy", status = RunDirectory{run}.status();
  const std::string done = slurp(status);
  const auto told = [&](const std::string& state) {
    std::string text = done;
    const std::string before = "\"state\": \"done\"";
    REQUIRE(text.find(before) != std::string::npos);
    spit(status, text.replace(text.find(before), before.size(), "\"state\": \"" + state + "\""));
    const auto outcome = tsd({"analyze", run});
    CHECK(outcome.code == 66);
    return outcome.err;
  };
  CHECK(has(told("stopped"), "the run is not done (stopped); the command that began it goes on with it\n"));
  CHECK(has(told("running"), "the run is not done (crashed); the command that began it goes on with it\n"));
  CHECK(has(told("diverged"), "the run is not done (diverged); results.h5 holds what came before"));
}

TEST_CASE("analyze: a path with = is a run if it is there", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "lr=0.05");
  CHECK(tsd({"analyze", temporary / "lr=0.05/toy"}).code == 0);
  CHECK(fs::exists(temporary / "lr=0.05/toy/root.h5"));
}

TEST_CASE("analyze: --out leaves a run as it is, which may be a copy or read-only", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "original");
  const auto copy = temporary / "copy";
  fs::rename(temporary / "original/toy", copy);
  fs::remove(RunDirectory{copy}.lock());
  const auto before = files_in(copy);
  const auto out = temporary / "elsewhere";
  CHECK(tsd({"analyze", copy, "--out", out}).code == 0);
  CHECK(files_in(copy) == before);
  CHECK(Hdf5Reader(out / "toy/root.h5").text_attribute("/", "filetype") == "tsd-analysis");
  {
    const RunLock holder(RunDirectory{copy}.lock());
    CHECK(tsd({"analyze", copy, "--out", out}).code == 75);
  }
  train(temporary / "other");
  const auto same_name = tsd({"analyze", copy, temporary / "other/toy", "--out", out});
  CHECK(same_name.code == 64);
  CHECK(has(same_name.err, "has the same name, toy, and --out has one place for it"));
}

TEST_CASE("analyze: what no analysis reads cannot be set for one", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "a");
  const auto run = temporary / "a/toy";
  const auto refused = [&](const std::string& word, const std::string& key) {
    const auto outcome = tsd({"analyze", run, word});
    CHECK(outcome.code == 78);
    CHECK(outcome.err == "error: command line: " + word + ": " + key +
                             ": cannot be set for an analysis; expected what it reads (finish, start_file, "
                             "run.device, run.threads), got " +
                             key + "\n");
  };
  refused("epochs=9", "epochs");
  refused("epochs=4", "epochs");  // as in the run
  refused("seed=1", "seed");
  refused("run={tensorboard: true}", "run.tensorboard");
  CHECK(has(tsd({"analyze", run, "epoch=9"}).err, "epoch: unknown key; did you mean epochs?"));
  CHECK_FALSE(fs::exists(run / "root.h5"));
  CHECK(tsd({"analyze", run, "finish=1", "--threads", "2"}).code == 0);
}

TEST_CASE("analyze: threads, device and jobs", "[cli]") {
  const TemporaryDirectory temporary;
  train(temporary / "a");
  train(temporary / "b");
  const auto threads = [&] {
    return Hdf5Reader(temporary / "a/toy/root.h5").number_attribute("/", "threads");
  };
  const auto analyze = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"analyze", temporary / "a/toy", temporary / "b/toy"});
    return tsd(more).code;
  };
  CHECK(analyze({"--threads", "6"}) == 0);
  CHECK(threads() == 6);
  CHECK(analyze({"--threads", "6", "--jobs", "2", "--device", "cpu"}) == 0);
  CHECK(threads() == 3);
  CHECK(analyze({"--device", "gpu"}) == 78);
  CHECK(analyze({"--threads", "-1"}) == 64);
}

}  // namespace tsd::test
