#include <algorithm>

#include "faults/toy_run.hpp"
#include "support/catch.hpp"
#include "support/variable.hpp"

namespace tsd::test {

TEST_CASE("signals: the run stops after its step, says so, and goes on to the same bytes", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> settings = {"epochs=20", "pause=5"};
  REQUIRE(toy(temporary / "whole", settings).code == 0);
  const std::pair<int, int> cases[] = {{SIGINT, 130}, {SIGTERM, 75}, {SIGUSR1, 75},
                                       {SIGUSR2, 75}, {SIGHUP, 75},  {SIGXCPU, 75}};
  for (const auto& [signal, code] : cases) {
    CAPTURE(signal);
    const auto parts = temporary / std::to_string(signal);
    Process process(toy_words(parts, settings));
    REQUIRE(has_checkpoint(parts));
    const auto before = std::chrono::steady_clock::now();
    process.kill(signal);
    const auto outcome = process.wait();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));
    CHECK(outcome.code == code);
    CHECK(outcome.err.find("the same command goes on from there") != std::string::npos);
    const auto status = toy_status(parts);
    REQUIRE(status);
    CHECK(status->state == RunState::stopped);
    CHECK(status->exit_code == static_cast<Exit>(code));
    CHECK(status->step < status->total);
    REQUIRE(toy(parts, settings).code == 0);
    CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
  }
}

TEST_CASE("signals: a second one ends the process at once", "[faults]") {
  const TemporaryDirectory temporary;
  // The second step has begun: it takes six seconds, and only a second signal ends the process sooner.
  Process process(toy_words(temporary.path(), {"pause=6000", "run.checkpoint_every=1e-9"}));
  REQUIRE(has_checkpoint(temporary.path()));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  process.kill(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  CHECK(toy_status(temporary.path())->state == RunState::running);
  process.kill(SIGINT);
  const auto before = std::chrono::steady_clock::now();
  const auto outcome = process.wait();
  CHECK(outcome.code == 130);
  CHECK(outcome.err.find("signal 15: stopping after this step; a second one ends the program at once") !=
        std::string::npos);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(3));
}

TEST_CASE("signals: a fork knows its parent as soon as it has a checkpoint, however it ends", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> slow = {"pause=3000"};  // so that it ends in its first step
  auto words = toy_words(temporary / "parent", slow);
  words.insert(words.end(), {"--until", "1"});
  REQUIRE(Process(words).wait().code == 0);
  for (const int signal : {SIGKILL, SIGTERM}) {
    CAPTURE(signal);
    const auto fork = temporary / std::to_string(signal);
    words = toy_words(fork, slow);
    words.insert(words.end(), {"--from", toy_directory(temporary / "parent").root, "--until", "2"});
    Process process(words);
    REQUIRE(has_checkpoint(fork));
    process.kill(signal);
    process.wait();
    const auto status = toy_status(fork);
    REQUIRE(status->step == 1);
    REQUIRE(status->parent);
    CHECK(Process(words).wait().code == 0);
  }
}

TEST_CASE("signals: where nothing is unsaved the first one ends the program within a second", "[faults]") {
  const TemporaryDirectory temporary;
  const auto config = TSD_SOURCE_DIR "/tests/toy/toy.yaml";
  REQUIRE(toy(temporary / "done").code == 0);
  struct Case {
    std::vector<std::string> words;
    std::filesystem::path begun;  // is there once the long part has begun
  };
  const Case cases[] = {
      {toy_words(temporary / "setup", {"setup=60000"}), toy_directory(temporary / "setup").status()},
      {toy_words(temporary / "results", {"finish=60000"}),
       toy_directory(temporary / "results").checkpoints() / "last.safetensors"},
      {{TSD_TOY, "analyze", toy_directory(temporary / "done").root, "finish=60000"}, ""},
      {{TSD_TOY, "toy-points", "--config", config, "--out", temporary / "points", "finish=60000"}, ""},
  };
  for (const auto& [words, begun] : cases) {
    CAPTURE(words[1], begun.string());
    Process process(words);
    if (!begun.empty()) REQUIRE(eventually([&] { return std::filesystem::exists(begun); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const auto before = std::chrono::steady_clock::now();
    process.kill(SIGINT);
    const auto outcome = process.wait();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(2));  // on a busy machine
    CHECK(outcome.code == 130);
    CHECK(outcome.err.find("stopped by signal 2") != std::string::npos);
  }
  for (const char* name : {"setup", "results"}) {
    const auto status = toy_status(temporary / name);
    CHECK(status->state == RunState::stopped);
    CHECK(status->exit_code == Exit::interrupted);
    CHECK(status->message.find("the same command goes on from there") != std::string::npos);
  }
}

// Each takes many seconds before its first step.
TEST_CASE("signals: the first one ends the set-up of real runs within a second", "[faults]") {
  const TemporaryDirectory temporary;
  const Variable cache("TSD_CACHE", temporary / "cache");
  const std::vector<std::pair<std::string, std::vector<std::string>>> runs = {
      {"nback/current/stsf",
       {"backbone.weights=random", "backbone.arch=mobilenet_v2", "stimuli.identities=300"}},
      {"nback/smoke", {"num_train=500000000"}},
      {"dual_stream", {"num_runs=500", "num_blocks=5000"}},
      {"ctd/randomtarget", {"data_task.n_samples=200000"}},
      {"ctd/multitask", {"data_task.n_samples=20000"}}};
  for (const auto& [config, settings] : runs) {
    CAPTURE(config);
    std::string name = config;
    std::ranges::replace(name, '/', '_');
    const auto out = temporary / name;
    std::vector<std::string> words = {
        TSD_BINARY, "train", "--config", TSD_SOURCE_DIR "/configs/" + config + ".yaml", "--out", out};
    words.insert(words.end(), settings.begin(), settings.end());
    Process process(words);
    const auto has_status = [&] {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(out))
        if (entry.path().filename() == "status.json") return true;
      return false;
    };
    REQUIRE(eventually([&] { return std::filesystem::exists(out) && has_status(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    const auto before = std::chrono::steady_clock::now();
    process.kill(SIGINT);
    const auto outcome = process.wait();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(2));  // on a busy machine
    CHECK(outcome.code == 130);
    CHECK(outcome.err.find("before its first step") != std::string::npos);
  }
}

TEST_CASE("signals: a run stopped while it writes its results ends in the same bytes", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> settings = {"finish=1500"};
  REQUIRE(toy(temporary / "whole", settings).code == 0);
  const auto parts = temporary / "parts";
  Process process(toy_words(parts, settings));
  REQUIRE(eventually([&] {
    const auto log = toy_directory(parts).log();
    return std::filesystem::exists(log) && slurp(log).find("step 20/20") != std::string::npos;
  }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process.kill(SIGTERM);
  CHECK(process.wait().code == 75);
  CHECK_FALSE(std::filesystem::exists(toy_directory(parts).results()));
  CHECK(toy(parts, settings).code == 0);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(parts).root) == "");
}

TEST_CASE("signals: HUP stays ignored where it was ignored before", "[faults]") {
  const TemporaryDirectory temporary;
  const auto out = temporary.path().string();
  Process process({"sh", "-c",
                   "trap '' HUP; exec " TSD_TOY " train --config " TSD_SOURCE_DIR
                   "/tests/toy/toy.yaml pause=20 --out " +
                       out});
  REQUIRE(has_checkpoint(temporary.path()));
  process.kill(SIGHUP);
  CHECK(process.wait().code == 0);
}

TEST_CASE("signals: whoever reads the messages may leave, and standard streams may be closed", "[faults]") {
  const TemporaryDirectory temporary;
  REQUIRE(toy(temporary / "whole").code == 0);
  const auto command = [&](const char* name) {
    return TSD_TOY " train --config " TSD_SOURCE_DIR "/tests/toy/toy.yaml --out " +
           (temporary / name).string();
  };
  CHECK(run_process({"sh", "-c", command("pipe") + " pause=1 2>&1 | true"}).code == 0);
  CHECK(eventually([&] {
    const auto status = toy_status(temporary / "pipe");
    return status && status->state == RunState::done;
  }));
  CHECK(run_process({"sh", "-c", command("closed") + " <&- >&- 2>&-"}).code == 0);
  CHECK(differing(toy_directory(temporary / "whole").root, toy_directory(temporary / "closed").root) == "");
  CHECK(slurp(toy_directory(temporary / "closed").lock()).starts_with("host "));
}

TEST_CASE("signals: a sweep stops as a whole and a rerun does what is left", "[faults]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> words = {
      TSD_TOY, "train",          "--config", TSD_SOURCE_DIR "/tests/toy/sweep.yaml",
      "--out", temporary.path(), "pause=5"};
  Process process(words);
  REQUIRE(eventually([&] {
    const auto status = read_status(temporary / "sweep/0/status.json");
    return status && status->state == RunState::done;
  }));
  process.kill(SIGTERM);
  const auto outcome = process.wait();
  CHECK(outcome.code == 75);
  CHECK_FALSE(std::filesystem::exists(temporary / "sweep/5"));
  const auto first = std::filesystem::last_write_time(temporary / "sweep/0/results.h5");
  REQUIRE(run_process(words).code == 0);
  CHECK(std::filesystem::last_write_time(temporary / "sweep/0/results.h5") == first);
  for (int index = 0; index < 6; ++index)
    CHECK(std::filesystem::exists(temporary / ("sweep/" + std::to_string(index) + "/results.h5")));
}

}  // namespace tsd::test
