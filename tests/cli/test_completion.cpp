#include "cli/program.hpp"
#include "support/catch.hpp"

namespace tsd::test {
namespace {

// What bash offers after these words, the last of which is being typed.
std::string offered(const std::string& words) {
  const TemporaryDirectory temporary;
  spit(temporary / "tsd.bash", tsd({"completion", "bash"}).out);
  const auto outcome = shell("source " + (temporary / "tsd.bash").string() + "; COMP_WORDS=(tsd " + words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tsd; echo \"${COMPREPLY[*]}\"");
  CHECK(outcome.err == "");
  return outcome.out;
}

bool is_installed(const std::string& program) { return shell("command -v " + program).code == 0; }

}  // namespace

TEST_CASE("completion: bash offers commands, options, choices and keys", "[cli]") {
  CHECK(offered("tr") == "train train-toy\n");
  CHECK(offered("train --res") == "--resume\n");
  CHECK(offered("train --resume ''") == "auto must never\n");
  CHECK(offered("list --format j") == "json\n");
  CHECK(offered("analyze --only ''") == "root\n");
  CHECK(offered("schema --markdown ''") == "toy\n");
  CHECK(offered("train --config ''") == "\n");  // a file, which bash completes itself
  CHECK(offered("train-toy run.th") == "run.threads=\n");
  CHECK(offered("help an") == "analyze\n");
  CHECK(offered("completion ''") == "bash fish zsh\n");
}

TEST_CASE("completion: every shell's script names every command and option, and is one it can read",
          "[cli]") {
  const TemporaryDirectory temporary;
  for (const std::string name : {"bash", "zsh", "fish"}) {
    CAPTURE(name);
    const auto script = tsd({"completion", name}).out;
    for (const char* command : {"train", "train-toy", "toy-points", "analyze", "list", "help", "completion"})
      CHECK(has(script, command));
    for (const char* option : {"config", "print-config", "resume", "markdown", "format"})
      CHECK(has(script, option));
    for (const char* choice : {"auto", "must", "never"}) CHECK(has(script, choice));
    CHECK(has(script, "fault_step="));
    CHECK_FALSE(has(script, TSD_TOY));  // it never starts the program
    spit(temporary / name, script);
    if (is_installed(name)) CHECK(run_process({name, "-n", temporary / name}).code == 0);
  }
  CHECK(tsd({"completion", "tcsh"}).code == 64);
}

}  // namespace tsd::test
