// What programs and schedulers drive tsd with: forks, a step to stop at, lines of JSON, a sweep in one file.
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json status_of(const fs::path& run) { return json::parse(slurp(run / "status.json")); }

std::vector<std::string> rows_of(const std::string& text) {
  std::istringstream lines(text);
  std::vector<std::string> rows;
  for (std::string row; std::getline(lines, row);) rows.push_back(row);
  return rows;
}

std::vector<std::int64_t> integers(const Hdf5Reader& file, const std::string& path) {
  const Array array = file.dataset(path);
  const auto view = array.as<std::int64_t>();
  return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("cli: --from begins with another run's state, and says so", "[cli]") {
  const TemporaryDirectory temporary;
  const fs::path parent = temporary / "a/toy", child = temporary / "b/toy";
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary / "a"}).code == 0);
  const std::vector<std::string> fork = {"train",  "--config", kToy,       "--out",  temporary / "b",
                                         "--from", parent,     "epochs=6", "lr=0.01"};
  auto dry = fork;
  dry.push_back("--dry-run");
  CHECK(has(tsd(dry).out, ", from " + parent.string() + "@last, config "));
  CHECK_FALSE(fs::exists(child));
  const auto outcome = tsd(fork);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "going on from " + fs::canonical(parent).string() +
                             "@last, step 20 (epochs: 4 there, 6 here; lr: 0.05 there, 0.01 here)"));
  // The parent's rows, then its own.
  const auto before = rows_of(slurp(parent / "metrics.csv")), all = rows_of(slurp(child / "metrics.csv"));
  REQUIRE(all.size() == before.size() + 2);
  CHECK(std::equal(before.begin(), before.end(), all.begin()));
  const json lineage = status_of(child).at("parent");
  CHECK(lineage.at("step") == 20);
  CHECK(lineage.at("config_sha256") == status_of(parent).at("config_sha256"));
  CHECK(lineage.at("changed").at(1) == json{{"key", "lr"}, {"before", "0.05"}, {"now", "0.01"}});
  const Hdf5Reader results(child / "results.h5");
  CHECK(results.strings("/provenance/parent/changed/key") == std::vector<std::string>{"epochs", "lr"});
  CHECK(has(tsd(fork).err, "nothing left to do"));
}

TEST_CASE("cli: what cannot be forked ends with one line, and nothing is lost", "[cli]") {
  const TemporaryDirectory temporary;
  const fs::path parent = temporary / "a/toy";
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary / "a"}).code == 0);
  const auto fork = [&](const std::string& from, std::vector<std::string> more,
                        const std::string& out = "b") {
    more.insert(more.begin(), {"train", "--config", kToy, "--out", temporary / out, "--from", from});
    return tsd(more);
  };
  const auto other = fork(parent, {"batches=7", "seed=3"});
  CHECK(other.code == 78);
  CHECK(other.err == "error: " + parent.string() +
                         ": a run with other values cannot go on from its state: batches: 5 there, 7 here; "
                         "seed: 1 there, 3 here; a fork may change epochs, lr, noise\n");
  CHECK(has(fork(parent, {"epochs=2"}).err,
            "its state is after step 20, and with these settings a run ends "
            "at step 10"));
  CHECK(has(fork(parent, {"lr=0.01"}, "end").err, "nothing comes after that state with these settings"));
  for (const std::string word : {"epochs=2", "lr=0.01"}) {  // also without a run, which would leave a folder
    const auto dry = fork(parent, {word, "--dry-run"}, "dry");
    CHECK(dry.code == 78);
    CHECK(dry.out.empty());
    CHECK(dry.err == fork(parent, {word}, "wet").err);
    CHECK_FALSE(fs::exists(temporary / "dry"));
  }
  CHECK(fork("", {}).code == 64);
  const auto best = fork(parent.string() + "@best", {});
  CHECK(best.code == 66);
  CHECK(best.err == "error: " + parent.string() +
                        "@best: holds weights alone; expected one of a whole state: last or prev\n");
  // Best weights that are newer than the state would be none of its own.
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary / "early", "--until", "10"}).code == 0);
  const auto newer = fork((temporary / "early/toy@prev").string(), {}, "late");
  CHECK(newer.code == 65);
  CHECK(has(newer.err, "best.safetensors: the best weights are of step 10, after the state of step 5"));
  CHECK(has(fork(parent.string() + "@nothing", {}).err, "@nothing: no such checkpoint"));
  CHECK(has(fork(temporary / "nowhere", {}).err, "not a run directory"));
  // A folder with another run is left as it is.
  const auto before = slurp(parent / "status.json");
  CHECK(has(fork(parent, {}, "a").err, "holds a run that began afresh; expected no --from"));
  REQUIRE(fork(parent, {"epochs=5"}, "c").code == 0);
  const auto afresh = tsd({"train", "--config", kToy, "--out", temporary / "c", "epochs=5"});
  CHECK(afresh.code == 78);
  CHECK(has(afresh.err,
            "holds a run that began from " + fs::canonical(parent).string() + "@last; expected --from"));
  CHECK(slurp(parent / "status.json") == before);
}

TEST_CASE("cli: a run that was stopped may be made to end where it stands", "[cli]") {
  const TemporaryDirectory temporary;
  const auto train = [&](std::vector<std::string> more, const std::string& out) {
    more.insert(more.begin(), {"train", "--config", kToy, "--out", temporary / out});
    return tsd(more);
  };
  const fs::path begun = temporary / "a/toy", middle = temporary / "b/toy", cut = temporary / "c/toy";
  REQUIRE(train({"--until", "5"}, "a").code == 0);
  REQUIRE(train({"--from", begun, "lr=0.01", "--until", "10"}, "b").code == 0);
  REQUIRE(train({"--from", middle, "lr=0.01", "epochs=2"}, "c").code == 0);
  CHECK(status_of(cut).at("state") == "done");
  CHECK(status_of(cut).at("step") == 10);
  CHECK(slurp(cut / "metrics.csv") == slurp(middle / "metrics.csv"));
  CHECK(status_of(cut).at("row") == status_of(middle).at("row"));
  CHECK(fs::exists(cut / "checkpoints/last.safetensors"));
  const Hdf5Reader results(cut / "results.h5");
  CHECK(results.strings("/provenance/lineage/directory") ==
        std::vector<std::string>{fs::canonical(middle).string(), fs::canonical(begun).string()});
  CHECK(integers(results, "/provenance/lineage/step") == std::vector<std::int64_t>{10, 5});
  CHECK(integers(results, "/provenance/lineage/changed/ancestor") == std::vector<std::int64_t>{0, 1});
  CHECK(results.strings("/provenance/lineage/changed/key") == std::vector<std::string>{"epochs", "lr"});
  CHECK(results.strings("/provenance/lineage/changed/now") == std::vector<std::string>{"2", "0.01"});
  // Anything else would change nothing.
  CHECK(has(train({"--from", middle, "lr=0.02", "epochs=2"}, "d").err, "nothing comes after that state"));
}

TEST_CASE("cli: of a sweep, --from takes the folder of another", "[cli]") {
  const TemporaryDirectory temporary;
  const fs::path parents = temporary / "a/sweep";
  REQUIRE(tsd({"train", "--config", kSweep, "--out", temporary / "a", "epochs=2", "--end", "1"}).code == 0);
  REQUIRE(
      tsd({"train", "--config", kSweep, "--out", temporary / "b", "--end", "1", "--from", parents}).code ==
      0);
  REQUIRE(tsd({"train", "--config", kSweep, "--out", temporary / "whole", "--end", "1"}).code == 0);
  for (const char* index : {"0", "1"})
    CHECK(slurp(temporary / "b/sweep" / index / "metrics.csv") ==
          slurp(temporary / "whole/sweep" / index / "metrics.csv"));
  // It goes on when its parents are gone, and the settings of a fork say what it began from.
  const std::vector<std::string> part = {"train", "--config", kSweep,   "--out", temporary / "c",
                                         "--end", "1",        "--from", parents};
  auto stopped = part;
  stopped.insert(stopped.end(), {"--until", "15"});
  REQUIRE(tsd(stopped).code == 0);
  fs::remove_all(parents);
  CHECK(tsd(part).code == 0);
  fs::create_directories(temporary / "all");
  fs::rename(temporary / "c", temporary / "all/c");
  fs::rename(temporary / "whole", temporary / "all/whole");
  const auto table = rows_of(tsd({"table", temporary / "all", "--by", "parent", "--csv"}).out);
  REQUIRE(table.size() == 3);
  CHECK(table[1].starts_with("step 10; epochs 2,2,"));
  CHECK(table[2].starts_with(",2,"));
}

TEST_CASE("cli: --until leaves a run at a step, and without it the run goes on", "[cli]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> parts = {"train", "--config", kToy, "--out", temporary / "parts"};
  const auto until = [&](const std::string& step) {
    auto arguments = parts;
    arguments.insert(arguments.end(), {"--until", step, "--json"});
    return tsd(arguments);
  };
  const auto stopped = until("7");
  CHECK(stopped.code == 0);
  const json line = json::parse(stopped.out);
  CHECK(line.at("state") == "stopped");
  CHECK(line.at("step") == 7);
  CHECK(line.at("exit_code") == 0);
  CHECK(line.at("message") == "stopped by run.until after step 7; the same command without it goes on");
  CHECK(json::parse(until("3").out).at("step") == 7);  // it is beyond that
  CHECK(json::parse(until("15").out).at("step") == 15);
  CHECK(tsd(parts).code == 0);
  CHECK(json::parse(until("3").out).at("state") == "done");
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary / "whole"}).code == 0);
  CHECK(differing(temporary / "whole/toy", temporary / "parts/toy") == "");
  CHECK(until("0").code == 64);
}

TEST_CASE("cli: --json ends with a line for each run, also for one that failed", "[cli]") {
  const TemporaryDirectory temporary;
  const auto sweep = tsd({"train", "--config", kSweep, "--out", temporary.path(), "--json", "--jobs", "2"});
  const auto rows = rows_of(sweep.out);
  REQUIRE(rows.size() == 6);
  const json third = json::parse(rows[2]);
  CHECK(third.at("index") == 2);
  CHECK(third.at("swept") == json{{"lr", "0.02"}, {"noise", "0.3"}});
  CHECK(third.at("directory") == (temporary / "sweep/2").string());
  const auto failed =
      tsd({"train", "--config", kToy, "--out", temporary.path(), "--json", "fault=nan", "fault_step=7"});
  CHECK(failed.code == 80);
  CHECK(json::parse(failed.out).at("state") == "diverged");
  CHECK(json::parse(failed.out).at("exit_code") == 80);
  const auto refused = tsd({"train", "--config", kToy, "--out", temporary.path(), "--json"});
  CHECK(refused.code == 78);
  CHECK(json::parse(refused.out).at("exit_code") == 78);
  CHECK(
      has(json::parse(refused.out).at("message").get<std::string>(), "holds a run of another configuration"));
  const auto listed = rows_of(tsd({"list", temporary.path(), "--format", "csv"}).out);
  CHECK(has(listed[3], "lr=0.02 noise=0.2,loss,"));
}

TEST_CASE("cli: --dry-run gives the whole digest that status.json has", "[cli]") {
  const TemporaryDirectory temporary;
  const auto plan = tsd({"train", "--config", kToy, "--out", temporary.path(), "--dry-run"});
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary.path()}).code == 0);
  const auto digest = status_of(temporary / "toy").at("config_sha256").get<std::string>();
  CHECK(digest.size() == 64);
  CHECK(has(plan.out, ", config " + digest + ")"));
}

TEST_CASE("cli: going on with another kind of processor is told", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(tsd({"train", "--config", kToy, "--out", temporary.path(), "--until", "7"}).code == 0);
  auto status = nlohmann::ordered_json::parse(slurp(temporary / "toy/status.json"));
  CHECK(status.at("processor") == processor_features());
  const auto same = tsd({"train", "--config", kToy, "--out", temporary.path(), "--until", "8"});
  CHECK_FALSE(has(same.err, "warning"));
  status["processor"] = "abacus";
  spit(temporary / "toy/status.json", status.dump());
  const auto outcome = tsd({"train", "--config", kToy, "--out", temporary.path()});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "warning: going on with a processor of other features (" + processor_features() +
                             ") after abacus"));
}

TEST_CASE("cli: collect puts a sweep into one file", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(tsd({"train", "--config", kSweep, "--out", temporary.path(), "--end", "4"}).code == 0);
  REQUIRE(
      tsd({"train", "--config", kSweep, "--out", temporary.path(), "--index", "5", "--until", "3"}).code ==
      0);
  const fs::path sweep = temporary / "sweep";
  const auto outcome = tsd({"collect", sweep, "--dataset", "/loss"});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "1 of 6 runs are not done"));
  const Hdf5Reader file(sweep / "sweep.h5");
  CHECK(file.dataset("/index").as<std::int64_t>()[5] == 5);
  CHECK(file.strings("/state") ==
        std::vector<std::string>{"done", "done", "done", "done", "done", "stopped"});
  CHECK(file.list("/settings") == std::vector<std::string>{"lr", "noise", "seed"});
  CHECK(file.dataset("/settings/noise").as<double>()[4] == 0.2);
  const Array stacked = file.dataset("/datasets/loss");
  CHECK(stacked.shape == Shape{6, 4});
  CHECK(file.text_attribute("/datasets/loss", "dims") == "run,epoch");
  const auto rows = rows_of(slurp(sweep / "sweep.csv"));
  REQUIRE(rows.size() == 7);
  CHECK(rows[0] == "index,run,state,step,lr,noise,seed,final.epoch,final.loss,best.loss");
  for (std::size_t i = 0; i < 6; ++i) {
    if (i == 5) {
      CHECK(std::isnan(stacked.as<double>()[23]));
      CHECK(std::isnan(file.dataset("/final/loss").as<double>()[5]));
      continue;
    }
    const fs::path run = sweep / std::to_string(i);
    const Array loss = Hdf5Reader(run / "results.h5").dataset("/loss");
    CHECK(file.dataset("/final/loss").as<double>()[i] == loss.as<double>()[3]);
    CHECK(file.dataset("/best/loss").as<double>()[i] == status_of(run).at("best").get<double>());
    CHECK(stacked.as<double>()[4 * i + 3] == loss.as<double>()[3]);
  }
  CHECK(tsd({"collect", sweep, "--dataset", "/nothing"}).code == 65);
  CHECK(tsd({"collect", temporary / "sweep/0/checkpoints"}).code == 66);
}

TEST_CASE("cli: table has mean and SD over seeds", "[cli]") {
  const TemporaryDirectory temporary;
  spit(temporary / "seeds.yaml",
       "extends: " + kToy + "\nsweep:\n  grid: {lr: [0.02, 0.05], seed: [1, 2, 3]}\n");
  REQUIRE(tsd({"train", "--config", temporary / "seeds.yaml", "--out", temporary / "out"}).code == 0);
  const auto rows = rows_of(tsd({"table", temporary / "out", "--csv"}).out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == "lr,runs,best.loss mean,best.loss SD,final.loss mean,final.loss SD");
  std::vector<double> best;
  for (const char* index : {"3", "4", "5"})
    best.push_back(status_of(temporary / "out/seeds" / index).at("best").get<double>());
  const double mean = (best[0] + best[1] + best[2]) / 3;
  const double sd = std::sqrt(
      (std::pow(best[0] - mean, 2) + std::pow(best[1] - mean, 2) + std::pow(best[2] - mean, 2)) / 2);
  char expected[100];
  std::snprintf(expected, sizeof expected, "0.05,3,%.5g,%.5g,", mean, sd);
  CHECK(rows[2].starts_with(expected));
  const auto by_seed =
      rows_of(tsd({"table", temporary / "out", "--by", "seed", "--metric", "loss", "--csv"}).out);
  CHECK(by_seed.size() == 4);
  CHECK(by_seed[0] == "seed,runs,final.loss mean,final.loss SD");
  CHECK(
      has(tsd({"table", temporary / "out", "--by", "layers"}).err, "--by layers: expected one of lr, seed"));
}

TEST_CASE("cli: a random sweep is run, listed and collected as a grid is", "[cli]") {
  const TemporaryDirectory temporary;
  spit(temporary / "search.yaml", "extends: " + kToy +
                                      "\nsweep:\n  random: {n: 4, space: {lr: {log_uniform: [0.01, 0.1]}}}\n"
                                      "  grid: {seed: [1, 2]}\n");
  const std::string config = temporary / "search.yaml";
  CHECK(rows_of(tsd({"sweep", "--csv", "--config", config}).out).size() == 9);
  CHECK(tsd({"validate", config}).code == 0);
  CHECK(lines(tsd({"train", "--config", config, "--dry-run", "--begin", "2", "--end", "5"}).out) == 4);
  REQUIRE(tsd({"train", "--config", config, "--index", "3", "--out", temporary / "out"}).code == 0);
  REQUIRE(tsd({"train", "--config", config, "--jobs", "2", "--out", temporary / "out"}).code == 0);
  CHECK(lines(tsd({"table", temporary / "out", "--csv"}).out) == 5);
}

}  // namespace tsd::test
