// Output that is lost is told: exit 74, whoever wrote it.
#include "cli/program.hpp"
#include "support/catch.hpp"

namespace tsd::test {
namespace {

const std::vector<std::string> kWriters = {"schema",
                                           "schema --markdown toy",
                                           "info",
                                           "list .",
                                           "list . --format json",
                                           "sweep --list --config " + kSweep,
                                           "validate " + kToy,
                                           "train --print-config --config " + kToy,
                                           "train --dry-run --config " + kToy,
                                           "completion bash",
                                           "help",
                                           "--help",
                                           "train --help",
                                           "--version",
                                           ""};

}  // namespace

TEST_CASE("output: a full disk ends every command that prints with 74", "[cli]") {
  const TemporaryDirectory temporary;
  const std::string here = "cd " + temporary.path().string() + " && ";
  for (const auto& words : kWriters) {
    CAPTURE(words);
    const auto full = shell(here + TSD_TOY " " + words + " > /dev/full");
    CHECK(full.code == 74);
    CHECK(full.err == "error: standard output: cannot be written: No space left on device\n");
    CHECK(shell(here + TSD_TOY " " + words + " > /dev/null").code == 0);
  }
  const auto limited = shell(here + "ulimit -f 1; " TSD_TOY " schema > file");
  CHECK(limited.code == 74);
  CHECK(has(limited.err, "File too large"));
}

TEST_CASE("output: a reader that leaves is no error to tell, but the output is lost", "[cli]") {
  const auto outcome = shell("{ sleep 0.3; " TSD_TOY " schema; echo $? >&2; } | true");
  CHECK(outcome.err == "74\n");
}

TEST_CASE("output: a summary that cannot be written does not hide what the runs ended with", "[cli]") {
  const TemporaryDirectory temporary;
  const std::string train = TSD_TOY " train --out " + temporary.path().string() + " --config ";
  CHECK(shell(train + kSweep + " > /dev/full").code == 74);
  CHECK(shell(train + TSD_SOURCE_DIR "/tests/toy/faulty_sweep.yaml > /dev/full").code == 70);
}

TEST_CASE("output: a dumb terminal gets lines and no escapes", "[cli]") {
  const TemporaryDirectory temporary;
  const std::string command =
      TSD_TOY " train --config " + kToy + " pause=20 --out " + temporary.path().string();
  const auto on_terminal = [&](const std::string& kind, const std::string& name) {
    return shell("TERM=" + kind + " script -qec '" + command + "/" + name + "' /dev/null");
  };
  if (shell("command -v script").code != 0) {
    WARN("no script(1) to make a terminal with");
    return;
  }
  CHECK(has(on_terminal("xterm", "x").out, "\x1b["));
  const auto dumb = on_terminal("dumb", "d");
  CHECK(dumb.code == 0);
  CHECK_FALSE(has(dumb.out, "\x1b"));
  CHECK(has(dumb.out, "step 20/20"));
}

TEST_CASE("output: the log's times are those of status.json", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(shell("TZ=Asia/Tokyo " TSD_TOY " train --config " + kToy + " --out " + temporary.path().string())
              .code == 0);
  const auto status = slurp(temporary / "toy/status.json"), log = slurp(temporary / "toy/run.log");
  const auto at = status.find("\"started_utc\": \"") + 16;
  CHECK(log.substr(0, 13) == status.substr(at, 13));  // to the hour
  CHECK(log.substr(19, 7) == "Z info:");
}

}  // namespace tsd::test
