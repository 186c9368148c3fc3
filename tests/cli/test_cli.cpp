#include <sys/stat.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "toy/toy.hpp"
#include "tsd/cli/app.hpp"
#include "tsd/engine/run/provenance.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("cli: alone it shows an example and ends well", "[cli]") {
  const auto outcome = tsd({});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "tsd train --config "));
  CHECK(outcome.err == "");
}

TEST_CASE("cli: every subcommand explains itself with an example", "[cli]") {
  for (const char* command :
       {"train", "train-toy", "toy-points", "analyze", "sweep", "list", "collect", "table", "plot", "report",
        "validate", "schema", "info", "help", "completion"}) {
    CAPTURE(command);
    const auto outcome = tsd({command, "--help"});
    CHECK(outcome.code == 0);
    CHECK(tsd({"help", command}).out == outcome.out);
    CHECK(has(outcome.out, "Example"));
    CHECK(has(outcome.out, "  tsd " + std::string(command)));
  }
}

TEST_CASE("cli: help and version in the ways that people try", "[cli]") {
  CHECK(tsd({"help"}).out == tsd({"--help"}).out);
  CHECK(tsd({"-V"}).out == tsd({"--version"}).out);
  CHECK(tsd({"help", "trian"}).code == 64);
  CHECK(tsd({"help", "trian"}).err == "error: trian: no such command; did you mean train?; see tsd --help\n");
}

TEST_CASE("cli: what is not understood ends with 64, one line and a suggestion", "[cli]") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"trian"}, "error: trian: no such command; did you mean train?; see tsd --help\n"},
      {{"train", "--confg", "x"},
       "error: --confg: no such option; did you mean --config?; see tsd train --help\n"},
      {{"train", "--config", kToy, "--dry-rum"},
       "error: --dry-rum: no such option; did you mean --dry-run?; see tsd train --help\n"},
      {{"train", "--thread=2"},
       "error: --thread: no such option; did you mean --threads?; see tsd train --help\n"},
      {{"train"}, "error: train: expected --config, got none; see tsd train --help\n"},
      {{"validate"}, "error: validate: expected files, got none; see tsd validate --help\n"},
      {{"train", "--config", kToy, "--config", kToy},
       "error: --config: expected once, got 2 times; see tsd train --help\n"},
      {{"train", "--config", kToy, "--out", ""},
       "error: --out: an empty word; is a variable of the shell not set?\n"},
      {{"train", "--config", kToy, "--index", ""},
       "error: --index: an empty word; is a variable of the shell not set?\n"},
      {{"train", "--config", kToy, "--out="},
       "error: --out: an empty word; is a variable of the shell not set?\n"},
      {{"--jobs"}, "error: --jobs: no such option; see tsd --help\n"},
      {{"schema", "--markdown", "tpy"}, "error: --markdown: unknown family; expected one of toy, got tpy\n"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto outcome = tsd(arguments);
    CHECK(outcome.code == 64);
    CHECK(outcome.err == message);
    CHECK(outcome.out == "");
  }
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"--jobs", "0"},
                                                                                    {"--jobs", "two"},
                                                                                    {"--threads", "-1"},
                                                                                    {"--resume", "maybe"},
                                                                                    {"--retry", "all"},
                                                                                    {"--index", "1"}}) {
    CAPTURE(name, value);
    const auto outcome = tsd({"train", "--config", kToy, name, value});
    CHECK(outcome.code == 64);
    CHECK(has(outcome.err, name));
    CHECK(outcome.err.size() < 120);
  }
}

TEST_CASE("cli: a wrong config never starts a run", "[cli]") {
  const TemporaryDirectory temporary;
  spit(temporary / "wrong.yaml", "family: toy\nepoch: 3\nlr: -1\n");
  const auto outcome =
      tsd({"train", "--config", temporary / "wrong.yaml", "--out", temporary / "out", "noise=abc"});
  CHECK(outcome.code == 78);
  CHECK(has(outcome.err, "wrong.yaml:2:1: epoch: "));
  CHECK(has(outcome.err, "did you mean epochs?"));
  CHECK(has(outcome.err, "wrong.yaml:3:5: lr: "));
  CHECK(has(outcome.err, "noise"));
  CHECK_FALSE(fs::exists(temporary / "out"));
  CHECK(tsd({"train", "--config", temporary / "none.yaml"}).code == 66);
}

TEST_CASE("cli: slips of the command line are told with what was meant", "[cli]") {
  const auto problem = [](const std::string& override) {
    return tsd({"train", "--config", kToy, "--dry-run", override});
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"seed=1,2,3", "sweep: {grid: {seed: [1,2,3]}}"},
      {"seed=[1, 2, 3]", "sweep: {grid: {seed: [1, 2, 3]}}"},
      {"lr=0.1,0.2", "sweep: {grid: {lr: [0.1,0.2]}}"},
      {"seed=1,000", "write 1000"},
      {"seed:1", "expected key.path=value, got seed:1; did you mean seed=1?"},
      {"description=r\xE9sum\xE9", "expected UTF-8 text"},
      {"description=\xED\xA0\x80", "expected UTF-8 text"},
  };
  for (const auto& [override, message] : cases) {
    CAPTURE(override);
    const auto outcome = problem(override);
    CHECK(outcome.code == 78);
    CHECK(has(outcome.err, message));
    CHECK(lines(outcome.err) == 1);
  }
}

TEST_CASE("cli: what is no config is called by its name", "[cli]") {
  const TemporaryDirectory temporary;
  const auto got = [&](const std::string& content) {
    spit(temporary / "strange.yaml", content);
    const auto outcome = tsd({"train", "--config", temporary / "strange.yaml"});
    CHECK(outcome.code == 78);
    return outcome.err;
  };
  CHECK(has(got("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "a Git LFS pointer"));
  CHECK(has(got("PK\3\4 and so on"), "as torch.save"));
}

TEST_CASE("cli: a family's command takes its own configs only", "[cli]") {
  const TemporaryDirectory temporary;
  Family families[] = {toy::family(), toy::family()};
  families[1].name = "other";
  families[1].command = "train-other";
  families[1].tools.clear();
  const auto run = [&](const char* command) {
    std::string words[] = {"tsd", command, "--config", kToy, "--out", temporary.path(), "--quiet"};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    return run_app(static_cast<int>(argv.size()), argv.data(), families, Accelerator());
  };
  CHECK(run("train-other") == 64);
  CHECK_FALSE(fs::exists(temporary / "toy"));
  CHECK(run("train-toy") == 0);
}

TEST_CASE("cli: a run, its files, and the same command again", "[cli]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> train = {"train",          "--config", kToy,        "--out",
                                          temporary.path(), "lr=0.1",   "--threads", "1"};
  const auto first = tsd(train);
  CHECK(first.code == 0);
  const RunDirectory run{temporary / "toy"};
  CHECK(slurp(run.overrides()) == "lr=0.1\nrun.threads=1\n");
  CHECK(has(slurp(run.config()), "lr: 0.1\n"));
  // 4 epochs of 5 steps; the rows of an independent calculation are not needed to see their form.
  const auto metrics = slurp(run.metrics());
  CHECK(metrics.starts_with("step,epoch,loss\n5,1,"));
  CHECK(lines(metrics) == 5);
  const auto again = tsd(train);
  CHECK(again.code == 0);
  CHECK(has(again.err, "nothing left to do"));
}

TEST_CASE("cli: --quiet is silent, but the log has it all", "[cli]") {
  const TemporaryDirectory temporary;
  const auto outcome = tsd({"train", "--config", kToy, "--out", temporary.path(), "--quiet"});
  CHECK(outcome.out == "");
  CHECK(outcome.err == "");
  CHECK(has(slurp(temporary / "toy/run.log"), "step 20/20"));
}

TEST_CASE("cli: another configuration in the same directory is refused with the keys that differ", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary.path()}).code == 0);
  const auto files = run_files(temporary / "toy");
  const auto outcome = tsd({"train", "--config", kToy, "--out", temporary.path(), "lr=0.1", "seed=2"});
  CHECK(outcome.code == 78);
  CHECK(has(outcome.err, "lr: 0.05 there, 0.1 here"));
  CHECK(has(outcome.err, "seed: 1 there, 2 here"));
  CHECK(has(outcome.err, "--out"));
  CHECK(run_files(temporary / "toy") == files);
}

TEST_CASE("cli: --resume must and never", "[cli]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> train = {"train", "--config", kToy, "--out", temporary.path(), "--resume"};
  const auto with = [&](const char* mode) {
    auto words = train;
    words.emplace_back(mode);
    return tsd(words);
  };
  CHECK(with("must").code == 66);
  CHECK(with("never").code == 0);
  const auto refused = with("never");
  CHECK(refused.code == 64);
  CHECK(has(refused.err, "has a run already (done)"));
  CHECK(with("must").code == 0);
}

TEST_CASE("cli: --dry-run and --print-config write nothing", "[cli]") {
  const TemporaryDirectory temporary;
  const auto plan = tsd({"train", "--config", kSweep, "--out", temporary / "out", "--dry-run", "--jobs", "2",
                         "--threads", "6"});
  CHECK(plan.code == 0);
  CHECK(lines(plan.out) == 6);
  CHECK(has(plan.out, temporary / "out/sweep/5"));
  CHECK(has(plan.out, "3 thread(s)"));
  const auto config =
      tsd({"train", "--config", kToy, "--out", temporary / "out", "--print-config", "lr=0.1"});
  CHECK(config.code == 0);
  CHECK(has(config.out, "command line"));
  CHECK(has(config.out, "toy.yaml:4"));
  CHECK(has(config.out, "default"));
  CHECK_FALSE(fs::exists(temporary / "out"));
}

TEST_CASE("cli: --config and --out where no shell has replaced ~ and variables", "[cli]") {
  const TemporaryDirectory temporary;
  spit(temporary / "mine.yaml", slurp(kToy));
  const auto in_home = [&](const std::string& config, const std::string& out) {
    return run_process({"env", "HOME=" + temporary.path().string(), "OUT=" + (temporary / "results").string(),
                        TSD_TOY, "train", "--config=" + config, "--out=" + out, "--quiet"});
  };
  CHECK(in_home("~/mine.yaml", "$OUT/a").code == 0);
  CHECK(in_home("~/mine.yaml", "$OUT/b=").code == 0);  // no empty value
  CHECK(fs::exists(temporary / "results/a/mine/results.h5"));
  CHECK(in_home("~/mine.yaml", "~/b").code == 0);
  CHECK(fs::exists(temporary / "b/mine/results.h5"));
  CHECK(in_home("~/mine.yaml", "$NO_SUCH_VARIABLE/a").code == 64);
}

TEST_CASE("cli: sweeps by index and by range", "[cli]") {
  const TemporaryDirectory temporary;
  const auto train = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"train", "--config", kSweep, "--out", temporary.path()};
    words.insert(words.end(), more.begin(), more.end());
    return tsd(words);
  };
  const auto there = [&] {
    std::string indices;
    for (int index = 0; index < 6; ++index)
      if (fs::exists(temporary / ("sweep/" + std::to_string(index) + "/results.h5")))
        indices += std::to_string(index);
    return indices;
  };
  CHECK(train({"--index", "4"}).code == 0);
  CHECK(there() == "4");
  CHECK(train({"--begin", "1", "--end", "2"}).code == 0);
  CHECK(there() == "124");
  CHECK(train({"--jobs", "3"}).code == 0);
  CHECK(there() == "012345");
  CHECK(train({"--begin", "2", "--end", "6"}).code == 64);
  CHECK(train({"--begin", "2", "--end", "1"}).code == 64);
  CHECK(train({"--index", "6"}).code == 64);
  CHECK(train({"--index", "1", "--end", "2"}).code == 64);
}

TEST_CASE("cli: sweep --list says what an index stands for", "[cli]") {
  CHECK(tsd({"sweep", "--list", "--csv", "--config", kSweep}).out ==
        "index,lr,noise\n0,0.02,0.1\n1,0.02,0.2\n2,0.02,0.3\n3,0.05,0.1\n4,0.05,0.2\n5,0.05,0.3\n");
  CHECK(tsd({"sweep", "--list", "--config", kToy}).code == 64);
}

TEST_CASE("cli: list as table, CSV and JSON", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(tsd({"train", "--config", kSweep, "--out", temporary.path(), "--begin", "0", "--end", "1"}).code ==
          0);
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary.path(), "fault=nan", "fault_step=7"}).code ==
          80);
  const auto csv = tsd({"list", temporary.path(), "--format", "csv"});
  CHECK(lines(csv.out) == 4);
  CHECK(csv.out.starts_with("run,family,state,step,swept,metric,best,wall,updated,message\n"));
  CHECK(lines(tsd({"list", temporary.path()}).out) == 4);
  const auto list = nlohmann::json::parse(tsd({"list", temporary.path(), "--format", "json"}).out);
  REQUIRE(list.size() == 3);
  std::map<std::string, std::string> states;
  // The best of the column `loss` so far: of a run that diverged too.
  for (const auto& run : list) {
    std::istringstream rows(slurp(RunDirectory{run.at("directory").get<std::string>()}.metrics()));
    double best = INFINITY;
    for (std::string row; std::getline(rows, row);)
      if (!row.starts_with("step")) best = std::min(best, std::stod(row.substr(row.rfind(',') + 1)));
    CHECK(run.at("headline") == "loss");
    CHECK(run.at("best").get<double>() == best);
  }
  for (const auto& run : list)
    states[fs::path(run.at("directory").get<std::string>()).filename()] = run.at("state");
  CHECK(states == std::map<std::string, std::string>{{"0", "done"}, {"1", "done"}, {"toy", "diverged"}});

  spit(temporary / "toy/status.json", "{}");
  const std::string too_long(300, 'x');
  CHECK(tsd({"list", too_long}).err == "error: " + too_long + ": File name too long\n");
  const auto damaged = tsd({"list", temporary.path(), "--format", "csv"});
  CHECK(damaged.code == 0);
  CHECK(lines(damaged.out) == 3);
  CHECK(has(damaged.err, "warning: " + (temporary / "toy/status.json").string()));
  CHECK(tsd({"list", temporary / "nowhere"}).code == 66);
  fs::create_directory(temporary / "toy/resum\xE9");  // a name that is not UTF-8
  fs::rename(temporary / "sweep/0", temporary / "toy/resum\xE9/0");
  const auto strange = tsd({"list", temporary.path(), "--format", "json"});
  CHECK(strange.code == 0);
  CHECK(nlohmann::json::parse(strange.out).size() == 2);
}

TEST_CASE("cli: a pipe or a run in place of a config is told", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(::mkfifo((temporary / "pipe").c_str(), 0600) == 0);
  const auto pipe = run_process({TSD_TOY, "validate", temporary / "pipe"});
  CHECK(pipe.code == 65);
  CHECK(pipe.err ==
        std::string(temporary / "pipe") + ": expected a config file, got a pipe; write it to a file first\n");
  const std::string run = temporary / "run";
  spit(run + "/status.json", "{}");
  spit(run + "/config.yaml", "family: toy\n");
  const auto outcome = run_process({TSD_TOY, "train", "--config", run});
  CHECK(outcome.code == 64);
  CHECK(outcome.err.find("expected a config or a folder of configs, got a run; its config is " + run +
                         "/config.yaml") != std::string::npos);
}

TEST_CASE("cli: list goes on past a folder that cannot be read, and says so at the end", "[cli]") {
  const TemporaryDirectory temporary;
  const std::string somebody = geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups " : "";
  fs::permissions(temporary.path(), fs::perms(0755));
  const auto tried = shell(somebody + TSD_TOY " list " + temporary.path().string());
  if (tried.code != 0 || tried.err != "") {
    WARN("no way to be somebody else");
    return;
  }
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary / "z"}).code == 0);
  fs::create_directory(temporary / "a");
  fs::permissions(temporary / "a", fs::perms::none);
  const auto list = shell(somebody + TSD_TOY " list --format csv " + temporary.path().string());
  fs::permissions(temporary / "a", fs::perms::owner_all);
  CHECK(list.code == 0);
  CHECK(lines(list.out) == 2);
  CHECK(list.err == "warning: " + (temporary / "a").string() + ": cannot be read: Permission denied\n");
}

TEST_CASE("cli: validate tells the problems of all files", "[cli]") {
  const TemporaryDirectory temporary;
  spit(temporary / "a.yaml", "family: toy\nepoch: 3\n");
  spit(temporary / "b.yaml", "family: toy\nlr: fast\n");
  const auto outcome = tsd({"validate", temporary / "a.yaml", kToy, temporary / "b.yaml", kSweep});
  CHECK(outcome.code == 78);
  CHECK(has(outcome.err, "a.yaml:2:1: epoch"));
  CHECK(has(outcome.err, "b.yaml:2:5: lr"));
  CHECK(lines(outcome.err) == 2);
  // Not UTF-8 in a file, and as YAML escapes: of one file, no reason to leave the others.
  spit(temporary / "c.yaml", "family: toy\ndescription: r\xE9sum\xE9\n");
  spit(temporary / "d.yaml", "family: toy\ndescription: \"\\ud800\"\n");
  const auto encoded = tsd({"validate", temporary / "c.yaml", temporary / "d.yaml", kToy});
  CHECK(encoded.code == 78);
  CHECK(has(encoded.err, "c.yaml:2:15: not a text file; expected UTF-8 text, got byte 233"));
  CHECK(has(encoded.err, "d.yaml:2:"));
  CHECK(has(encoded.out, "toy.yaml: ok"));
  CHECK(tsd({"validate", kToy, kSweep}).code == 0);
}

TEST_CASE("cli: schema and info", "[cli]") {
  const auto schema = nlohmann::json::parse(tsd({"schema"}).out);
  CHECK(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  CHECK(has(tsd({"schema", "--markdown", "toy"}).out, "fault_step"));
  const auto info = tsd({"info"});
  CHECK(info.code == 0);
  CHECK(has(info.out, "HDF5"));
  CHECK(has(info.out, processor_features()));
}

TEST_CASE("cli: TensorBoard events when asked", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary.path(), "run.tensorboard=true"}).code == 0);
  const auto events = slurp(temporary / "toy/events.out.tfevents.tsd");
  std::size_t scalars = 0;
  for (std::size_t at = 0; (at = events.find("loss", at)) != std::string::npos; ++at) ++scalars;
  CHECK(scalars == 4);  // one per epoch
}

}  // namespace tsd::test
