// Files that are not what was written, numbers that are none, disks that take no more.
#include <sys/mount.h>
#include <sys/resource.h>

#include "faults/toy_run.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/checkpoint.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/run/provenance.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;

void flip_byte(const fs::path& file, std::size_t at) {
  auto bytes = slurp(file);
  REQUIRE(at < bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  spit(file, bytes);
}

// Stopped in the middle, with `last` and `prev`.
void stop_midway(const fs::path& out, const std::vector<std::string>& settings) {
  Process process(toy_words(out, settings));
  REQUIRE(eventually([&] { return fs::exists(toy_directory(out).checkpoints() / "prev.safetensors"); }));
  process.kill(SIGTERM);
  REQUIRE(process.wait().code == 75);
}

const std::vector<std::string> kSettings = {"epochs=20", "pause=2"};

}  // namespace

TEST_CASE("damage: a checkpoint with a flipped byte is refused and the one before it used", "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kSettings).code == 0);
  const auto parts = temporary / "parts";
  stop_midway(parts, kSettings);
  const auto last = toy_directory(parts).checkpoints() / "last.safetensors";
  flip_byte(last, fs::file_size(last) - 3);
  const auto outcome = toy(parts, kSettings);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.find("warning: " + last.string()) != std::string::npos);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
}

TEST_CASE("damage: where no checkpoint is good, the run is refused in one line and nothing is lost",
          "[faults]") {
  const TemporaryDirectory temporary;
  stop_midway(temporary.path(), kSettings);
  const auto directory = toy_directory(temporary.path()).checkpoints();
  for (const char* name : {"last.safetensors", "prev.safetensors"}) flip_byte(directory / name, 200);
  const auto metrics = slurp(toy_directory(temporary.path()).metrics());
  const auto outcome = toy(temporary.path(), kSettings);
  CHECK(outcome.code == 65);
  CHECK(outcome.err.find("error: " + (directory / "prev.safetensors").string()) != std::string::npos);
  CHECK(slurp(toy_directory(temporary.path()).metrics()) == metrics);
}

// What an older version could have left: another column, an array that this one does not know.
TEST_CASE("damage: an unfinished run of another version is refused with what to do, and nothing is lost",
          "[faults]") {
  const TemporaryDirectory temporary;
  stop_midway(temporary.path(), kSettings);
  const RunDirectory run = toy_directory(temporary.path());
  Checkpoints checkpoints(run.checkpoints(), "toy", toy_status(temporary.path())->config_sha256);
  const Checkpoint whole = *checkpoints.load();
  const auto check_refused = [&](const Checkpoint& old, const std::string& what) {
    checkpoints.save(old);
    spit(run.metrics(), *old.rows);
    const auto kept = slurp(run.checkpoints() / "last.safetensors");
    const auto outcome = toy(temporary.path(), kSettings);
    CHECK(outcome.code == 65);
    CHECK_THAT(outcome.err, Catch::Contains(what));
    CHECK_THAT(outcome.err, Catch::Contains("another version of tsd began this run: go on with that one, or "
                                            "begin anew with another --out"));
    CHECK(slurp(run.checkpoints() / "last.safetensors") == kept);
    CHECK(slurp(run.metrics()) == *old.rows);
  };
  Checkpoint old = whole;
  MetricsFile rows(temporary / "rows.csv");
  rows.append(5, {{"old_loss", 0.5}});
  old.metrics = rows.mark(), old.rows = rows.text();
  check_refused(old, run.metrics().string() + ": expected the columns step,");
  old = whole;
  old.state.pop_back();
  check_refused(old, run.root.string() + ": the checkpoint does not fit: ");
  checkpoints.save(whole);
  spit(run.metrics(), *whole.rows);
  CHECK(toy(temporary.path(), kSettings).code == 0);
}

TEST_CASE("damage: a missing checkpoint is replaced by the one before it", "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kSettings).code == 0);
  const auto parts = temporary / "parts";
  stop_midway(parts, kSettings);
  fs::remove(toy_directory(parts).checkpoints() / "last.safetensors");
  CHECK(toy(parts, kSettings).code == 0);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
}

TEST_CASE("damage: metrics.csv altered before the checkpoint is written anew, rows after it are cut off",
          "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kSettings).code == 0);
  const auto parts = temporary / "parts";
  stop_midway(parts, kSettings);
  const auto metrics = toy_directory(parts).metrics();
  const auto good = slurp(metrics);

  std::string carriage_returns;  // as a spreadsheet saves it
  for (const char c : good) carriage_returns += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  for (const std::string& altered : {carriage_returns, flipped, std::string(), std::string("absent")}) {
    const auto copy = temporary / std::to_string(altered.size());
    fs::copy(parts, copy, fs::copy_options::recursive);
    const auto csv = toy_directory(copy).metrics();
    spit(csv, altered);
    if (altered == "absent") fs::remove(csv);
    const auto outcome = toy(copy, kSettings);
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("warning: " + csv.string() + ": altered since the last checkpoint") !=
          std::string::npos);
    CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(copy).root) == "");
    const auto aside = toy_directory(copy).root / "metrics.altered.csv";
    CHECK(fs::exists(aside) == (altered != "absent" && !altered.empty()));
    if (fs::exists(aside)) CHECK(slurp(aside) == altered);
  }

  spit(metrics, good + "99,1,2\n100,half a ro");
  CHECK(toy(parts, kSettings).code == 0);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
}

TEST_CASE(
    "damage: the results of a finished run that cannot be read, or its metrics that are gone, are written anew",
    "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary.path()).code == 0);
  const RunDirectory run = toy_directory(temporary.path());
  const auto whole = run_files(run.root);
  const auto size = fs::file_size(run.results());
  for (const std::uintmax_t left : {size / 2, std::uintmax_t{0}}) {
    CAPTURE(left);
    fs::resize_file(run.results(), left);
    const auto outcome = toy(temporary.path());
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("warning: " + run.results().string()) != std::string::npos);
    CHECK(outcome.err.find("it is written anew") != std::string::npos);
    CHECK(run_files(run.root) == whole);
  }
  for (const auto& file : {run.results(), run.metrics()}) {
    CAPTURE(file.string());
    fs::remove(file);
    CHECK(toy(temporary.path()).code == 0);
    CHECK(run_files(run.root) == whole);
  }
  CHECK(toy(temporary.path()).err.find("nothing left to do") != std::string::npos);
}

TEST_CASE("damage: a loss that is not a number ends the run in its step", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> settings = {"fault=nan", "fault_step=13"};
  const auto outcome = toy(temporary.path(), settings);
  CHECK(outcome.code == 80);
  CHECK(outcome.err.find("error: step 13, batch 2: loss is not finite; first bad parameter: a") !=
        std::string::npos);
  const auto status = toy_status(temporary.path());
  REQUIRE(status);
  CHECK(status->state == RunState::diverged);
  CHECK(status->step == 12);
  const auto checkpoint = slurp(toy_directory(temporary.path()).checkpoints() / "last.safetensors");
  CHECK(checkpoint.find("\"step\":\"10\"") != std::string::npos);  // the best row so far
  CHECK_FALSE(fs::exists(toy_directory(temporary.path()).results()));
}

TEST_CASE("damage: bugs and exhausted memory are told apart", "[faults]") {
  const TemporaryDirectory temporary;
  const auto bug = toy(temporary / "bug", {"fault=exception"});
  CHECK(bug.code == 70);
  CHECK(bug.err.find("a fault on request") != std::string::npos);
  CHECK(bug.err.find("please report it") != std::string::npos);
  CHECK(toy_status(temporary / "bug")->state == RunState::failed);
  const auto memory = toy(temporary / "memory", {"fault=bad_alloc"});
  CHECK(memory.code == 81);
  CHECK(memory.err.find("reduce the batch size") != std::string::npos);
  CHECK(memory.err.find("; there is no checkpoint yet\n") != std::string::npos);
  const auto later = toy(temporary / "later", {"fault=bad_alloc", "fault_step=13"});
  CHECK(later.code == 81);
  CHECK(later.err.find("; the checkpoint of step 10 is intact\n") != std::string::npos);
}

TEST_CASE("damage: a run larger than the memory there is never begins", "[faults]") {
  const TemporaryDirectory temporary;
  const auto refused = toy(temporary.path(), {"ballast=1000000000000000"});
  CHECK(refused.code == 81);
  CHECK(refused.err.starts_with("error: ballast: too large for this machine; expected at most "));
  CHECK(refused.err.ends_with(
      ", its share of the memory that is free, got at least 8.0 PB, 8.0 PB of them for this key\n"));
  CHECK_FALSE(fs::exists(toy_directory(temporary.path()).status()));
  const auto planned = toy(temporary.path(), {"ballast=1000000000000000", "--dry-run"});
  CHECK(planned.code == 0);
  CHECK(planned.out.find(", at least 8.0 PB of memory, ") != std::string::npos);
  // `ulimit -v` counts, and jobs share what there is: 300 MB of 600 for one, not for each of two.
  const auto limited = [&](const std::string& config, const std::string& more) {
    return run_process({"sh", "-c",
                        "ulimit -v 600000; exec " TSD_TOY " train --config " TSD_SOURCE_DIR "/tests/toy/" +
                            config + " ballast=37500000 --out " + temporary.path().string() + more});
  };
  CHECK(limited("toy.yaml", "").code == 0);
  CHECK(limited("sweep.yaml", " --jobs 2 --begin 0 --end 1").code == 81);
}

TEST_CASE("damage: a sweep goes on beside a run that fails, and leaves it alone until told to retry",
          "[faults]") {
  const TemporaryDirectory temporary;
  const auto sweep = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{TSD_TOY,    "train",
                                   "--config", TSD_SOURCE_DIR "/tests/toy/faulty_sweep.yaml",
                                   "--out",    temporary.path()};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(words);
  };
  const auto state = [&](int index) {
    return read_status(temporary / ("faulty_sweep/" + std::to_string(index) + "/status.json"))->state;
  };
  CHECK(sweep({}).code == 70);  // of diverged and bug the graver
  CHECK(state(1) == RunState::done);
  CHECK(state(2) == RunState::diverged);
  CHECK(state(3) == RunState::failed);
  CHECK(state(4) == RunState::done);
  const auto log = slurp(temporary / "faulty_sweep/2/run.log");
  const auto again = sweep({});
  CHECK(again.code == 70);
  CHECK(again.out.find("diverged before") != std::string::npos);
  CHECK(slurp(temporary / "faulty_sweep/2/run.log") == log);
  CHECK(sweep({"--retry", "failed"}).code == 70);
  CHECK(slurp(temporary / "faulty_sweep/2/run.log").size() > log.size());
}

TEST_CASE("damage: a place that cannot be written to is told with its path", "[faults]") {
  const TemporaryDirectory temporary;
  spit(temporary / "file", "in the way");
  const auto file = toy(temporary / "file");
  CHECK(file.code == 73);
  CHECK(file.err.find((temporary / "file").string()) != std::string::npos);
  CHECK(slurp(temporary / "file") == "in the way");
  CHECK(toy("/proc/1/tsd").code == 73);  // read-only even for root
}

TEST_CASE("damage: a full disk stops the run with the file's name and loses nothing", "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kSettings).code == 0);
  // No file may grow beyond the limit: status fits, then checkpoint, then results do not, at one point or
  // another.
  for (const rlim_t limit : {100, 500, 700, 890, 1200, 5000, 9000}) {
    CAPTURE(limit);
    const auto out = temporary / std::to_string(limit);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto outcome = toy(out, kSettings);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(outcome.signal == 0);
    CHECK(outcome.code == 74);
    CHECK(outcome.err.find((out / "toy").string()) != std::string::npos);
    CHECK_FALSE(fs::exists(toy_directory(out).results()));
    REQUIRE(toy(out, kSettings).code == 0);
    CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(out).root) == "");
  }
}

// Needs the right to mount; without it the case above has to do.
TEST_CASE("damage: a disk that fills up at any point loses nothing", "[faults][slow]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole", kSettings).code == 0);
  int full = 0;
  for (int kilobytes = 4; kilobytes <= 80; kilobytes += 4) {
    CAPTURE(kilobytes);
    const TemporaryDirectory disk;
    const auto size = "size=" + std::to_string(kilobytes) + "k";
    if (mount("tsd-test", disk.path().c_str(), "tmpfs", 0, size.c_str()) != 0) {
      WARN("no right to mount a small disk");
      return;
    }
    const auto outcome = toy(disk.path(), kSettings);
    CHECK((outcome.code == 0 || outcome.code == 73 || outcome.code == 74));
    if (outcome.code != 0) {
      ++full;
      CHECK(outcome.err.find("No space left on device") != std::string::npos);
      // Either not there, or whole: the very last thing, the status, may be what no longer fits.
      const auto results = toy_directory(disk.path()).results();
      if (fs::exists(results))
        CHECK(results_payload(results) == results_payload(toy_directory(temporary / "whole").results()));
      mount("tsd-test", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=10m");
      CHECK(toy(disk.path(), kSettings).code == 0);
    }
    CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(disk.path()).root) == "");
    umount(disk.path().c_str());
  }
  CHECK(full > 5);
}

}  // namespace tsd::test
