// A sweep goes to SLURM: its scripts and flags against stand-ins for SLURM's programs; tests/slurm has the real one.
#include <nlohmann/json.hpp>

#include "cli/program.hpp"
#include "cli/programs/batch_script.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/variable.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;

// A folder in which sbatch keeps what it gets and squeue says what stands in a file.
class Cluster {
 public:
  Cluster() {
    stand_in("sbatch",
             "[[ $1 == --version ]] && exit\n"
             "echo \"$@\" >>" +
                 log("sbatch") + "\nif [[ -e " + log("refusal") + " ]]; then cat " + log("refusal") +
                 " >&2; exit 1; fi\necho 17\n");
    stand_in("squeue", "if [[ -e " + log("busy") + " ]]; then cat " + log("busy") + " >&2; exit 1; fi\ncat " +
                           log("queue") + " 2>/dev/null; exit 0\n");
    stand_in("scontrol", "echo \"$@\" >>" + log("scontrol") + "\n");
  }

  std::string log(const std::string& name) const { return folder_ / name; }
  std::string told(const std::string& name) const { return fs::exists(log(name)) ? slurp(log(name)) : ""; }
  void queue(const std::string& lines) const { spit(log("queue"), lines); }

  Outcome sweep(std::vector<std::string> more, const std::string& config = kSweep) const {
    more.insert(more.begin(), {"sweep", "--engine", "slurm", "--config", config, "--out", out()});
    return tsd(more);
  }
  std::string out() const { return folder_ / "out"; }
  fs::path place() const { return folder_ / "out/sweep"; }

 private:
  void stand_in(const std::string& name, const std::string& body) const {
    spit(folder_ / "bin" / name, "#!/bin/bash\n" + body);
    fs::permissions(folder_ / "bin" / name, fs::perms::owner_all);
  }

  TemporaryDirectory folder_;
  Variable path_{"PATH", (folder_ / "bin").string() + ":" + std::getenv("PATH")};
};

// Of a task, as SLURM starts it.
std::vector<std::string> task_words(const fs::path& script, const std::string& task) {
  return {"env", "SLURM_ARRAY_JOB_ID=17", "SLURM_ARRAY_TASK_ID=" + task, "bash", script};
}

}  // namespace

TEST_CASE("slurm: time limits are read as sbatch reads them", "[cli][slurm]") {
  using cli::minutes_of;
  CHECK(minutes_of("90") == 90);
  CHECK(minutes_of("90:30") == 90.5);
  CHECK(minutes_of("1:30:00") == 90);
  CHECK(minutes_of("1-2") == 26 * 60);
  CHECK(minutes_of("1-2:30") == 26 * 60 + 30);
  CHECK(minutes_of("1-2:30:30") == 26 * 60 + 30.5);
  for (const char* wrong : {"", "4h", "1:2:3:4", "-1", "1-", "1 2"}) CHECK_FALSE(minutes_of(wrong));
}

TEST_CASE("slurm: tasks are packs of indices, and a comment tells them", "[cli][slurm]") {
  const cli::Packs packs{"/home/me/my runs", true, 4, 3, 9};
  CHECK(packs.indices_of(0) == std::vector<std::int64_t>{3});
  CHECK(packs.indices_of(1) == std::vector<std::int64_t>{4, 5, 6, 7});
  CHECK(packs.indices_of(2) == std::vector<std::int64_t>{8, 9});
  CHECK(cli::comment_of(packs) == "tsd sweep 4 3-9 /home/me/my runs");
  const auto back = cli::packs_of(cli::comment_of(packs));
  REQUIRE(back);
  CHECK(back->place == packs.place);
  CHECK(back->indices_of(2) == packs.indices_of(2));
  CHECK_FALSE(cli::packs_of("somebody's own"));
  CHECK_FALSE(cli::packs_of("tsd sweep 0 3-9 /home"));
  CHECK(cli::array_text({0, 1, 2, 4, 6, 7}) == "0-2,4,6-7");
}

TEST_CASE("slurm: a dry run prints the script and does nothing", "[cli][slurm]") {
  const Cluster cluster;
  const auto dry =
      cluster.sweep({"--pack",    "4",        "--threads",      "2",      "--time",      "4:00:00",
                     "--mem",     "4G",       "--gpus",         "a100:1", "--partition", "long",
                     "--account", "lab",      "--throttle",     "3",      "--then",      "analyze,plot",
                     "--dry-run", "epochs=7", "start_file=it's"});
  CHECK(dry.code == 78);  // there is no such file: said before anything is submitted
  const auto outcome =
      cluster.sweep({"--pack",    "4",     "--threads",  "2",       "--time",      "4:00:00",
                     "--mem",     "4G",    "--gpus",     "a100:1",  "--partition", "long",
                     "--account", "lab",   "--throttle", "3",       "--then",      "analyze,plot",
                     "--dry-run", "--end", "4",          "epochs=7"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "sweep: runs to submit: 5\n");
  CHECK_FALSE(fs::exists(cluster.out()));
  CHECK(cluster.told("sbatch") == "");
  const std::string place = cluster.place(), out = outcome.out;
  for (const std::string& line :
       {std::string("#SBATCH --array=0-1%3"), "#SBATCH --comment=\"tsd sweep 4 0-4 " + place + "\"",
        "#SBATCH --output=\"" + place + "/slurm/%A_%a.log\"",
        "#SBATCH --chdir=\"" + fs::current_path().string() + "\"", std::string("#SBATCH --cpus-per-task=2"),
        std::string("#SBATCH --time=4:00:00"), std::string("#SBATCH --mem=4G"),
        std::string("#SBATCH --gpus=a100:1"), std::string("#SBATCH --partition=long"),
        std::string("#SBATCH --account=lab"), std::string("#SBATCH --signal=B:USR1@60"),
        std::string("#SBATCH --requeue"), std::string("((last <= 4)) || last=4"),
        std::string(TSD_TOY) + " train --config " + kSweep + " --out " + cluster.out() +
            " --threads 2 --jobs 2 epochs=7 --begin \"$first\" --end \"$last\" &",
        std::string(TSD_TOY) + " analyze \"${runs[@]}\" --jobs 2 --threads 2 || code=$?",
        std::string(TSD_TOY) + " collect " + place + " || code=$?",
        std::string(TSD_TOY) + " plot \"${runs[@]}\" || code=$?"}) {
    CAPTURE(line);
    CHECK(has(out, line + "\n"));
  }
  CHECK(has(cluster.sweep({"--time", "2", "--dry-run"}).out, "B:USR1@20\n"));  // a sixth of two minutes
}

TEST_CASE("slurm: what is unfinished is submitted, and what is in the queue is not again", "[cli][slurm]") {
  const Cluster cluster;
  REQUIRE(tsd({"train", "--config", kSweep, "--out", cluster.out(), "--begin", "1", "--end", "2"}).code == 0);
  const std::string script = cluster.place() / "slurm/array.sbatch";
  const auto first = cluster.sweep({"--then", "collect"});
  CHECK(first.code == 0);
  CHECK(first.out == "job 17_[0,3-5], logs " + (cluster.place() / "slurm/17_*.log").string() +
                         "\njob 17 after it, log " + (cluster.place() / "slurm/then_17.log").string() + "\n");
  CHECK(has(first.err, "sweep: runs submitted: 4; done: 2\n"));
  CHECK(cluster.told("sbatch") == "--parsable " + script + "\n--parsable --dependency=afterany:17 " +
                                      (cluster.place() / "slurm/then.sbatch").string() + "\n");
  CHECK(has(slurp(script), "#SBATCH --array=0,3-5\n"));
  // Sbatch's own variables come before what a script says.
  const std::string other = cluster.out() + "2";
  CHECK(tsd({"sweep", "--engine", "slurm", "--config", kSweep, "--out", other, "--account", "lab", "--gpus",
             "1"})
            .code == 0);
  CHECK(has(cluster.told("sbatch"), "--parsable --gpus=1 --account=lab " + other + "/sweep/slurm/"));

  const std::string comment = "|tsd sweep 1 0-5 " + cluster.place().string() + "\n";
  cluster.queue("17|0|RUNNING|None" + comment + "17|3|PENDING|Resources" + comment +
                "17|5|RUNNING|None|tsd sweep 1 0-5 /elsewhere\n18|4|RUNNING|None|somebody's own\n"
                "19|N/A|PENDING|Dependency|tsd then " +
                cluster.place().string() + "\n");
  const auto second = cluster.sweep({"--begin", "0", "--end", "3", "--then", "collect"});
  CHECK(has(second.err, "sweep: nothing left to submit; in the queue: 2; done: 2\n"));
  CHECK(second.out == "");
  CHECK(has(cluster.sweep({}).out, "job 17_[4-5], "));
  CHECK(has(cluster.sweep({"--pack", "2"}).out, "job 17_[2], "));

  const auto listed = tsd({"list", cluster.out(), "--format", "csv"}).out;
  CHECK(has(listed, "run,family,state,queue,step,"));
  CHECK(has(listed, "/sweep/0,,not begun,17_0 RUNNING,0/0,"));
  CHECK(has(listed, "/sweep/1,toy,done,,20/20,"));
  CHECK(has(listed, "/sweep/3,,not begun,17_3 PENDING (Resources),0/0,"));
  CHECK(lines(listed) == 5);
  const auto json = nlohmann::json::parse(tsd({"list", cluster.place(), "--format", "json"}).out);
  CHECK(json.at(0).at("queue") == "17_0 RUNNING");
  CHECK(json.at(0).at("index") == 0);
}

TEST_CASE("slurm: a run that failed is submitted on request", "[cli][slurm]") {
  const Cluster cluster;
  const std::vector<std::string> settings = {"fault=nan", "fault_step=7"};
  auto words = std::vector<std::string>{"train", "--config", kSweep, "--out", cluster.out(), "--index", "2"};
  words.insert(words.end(), settings.begin(), settings.end());
  REQUIRE(tsd(words).code == 80);
  auto again = settings;
  CHECK(has(cluster.sweep(again).err, "runs submitted: 5; failed before: 1 (--retry failed tries again)\n"));
  again.insert(again.end(), {"--retry", "failed"});
  CHECK(has(cluster.sweep(again).err, "runs submitted: 6\n"));
  CHECK(
      has(slurp(cluster.place() / "slurm/array.sbatch"), " --retry failed fault=nan fault_step=7 --begin "));
  const auto other = cluster.sweep({});
  CHECK(other.code == 78);
  CHECK(has(other.err, "sweep/2: holds a run of another configuration"));
}

TEST_CASE("slurm: a config without a sweep is one task", "[cli][slurm]") {
  const Cluster cluster;
  CHECK(has(cluster.sweep({}, kToy).out, "job 17_[0], "));
  const fs::path script = fs::path(cluster.out()) / "toy/slurm/array.sbatch";
  CHECK(has(slurp(script), "#SBATCH --comment=\"tsd run " + cluster.out() + "/toy\"\n"));
  CHECK(run_process(task_words(script, "0")).code == 0);
  cluster.queue("17|0|PENDING|Priority|tsd run " + cluster.out() + "/toy\n");
  CHECK(has(tsd({"list", cluster.out(), "--format", "csv"}).out, "/toy,toy,done,,20/20,"));
  CHECK(cluster.sweep({"--pack", "2"}, kToy).code == 64);
  CHECK(has(cluster.sweep({}, kToy).err, "toy: nothing left to submit; done: 1\n"));
}

TEST_CASE("slurm: a task does its pack, and goes on after its time", "[cli][slurm]") {
  const Cluster cluster;
  const std::vector<std::string> settings = {"pause=5", "epochs=20"};
  auto words = settings;
  words.insert(words.end(), {"--pack", "4"});
  REQUIRE(cluster.sweep(words).code == 0);
  const fs::path script = cluster.place() / "slurm/array.sbatch";
  const auto has_begun = [&](const char* index) {
    return fs::exists(cluster.place() / index / "checkpoints/last.safetensors");
  };
  for (const auto& [signal, index] : {std::pair(SIGTERM, "4"), std::pair(SIGUSR1, "5")}) {
    CHECK(cluster.told("scontrol") == "");  // a cancelled task stays out of the queue
    Process task(task_words(script, "1"));
    REQUIRE(eventually([&] { return has_begun(index); }));
    task.kill(signal);
    CHECK(task.wait().code == 75);
  }
  CHECK(cluster.told("scontrol") == "requeue 17_1\n");
  const auto ended = run_process(task_words(script, "1"));
  CHECK(ended.code == 0);
  CHECK_FALSE(has_begun("3"));
  auto whole = settings;
  whole.insert(whole.begin(),
               {"train", "--config", kSweep, "--threads", "1", "--out", cluster.out() + "/whole"});
  REQUIRE(tsd(whole).code == 0);
  for (const char* index : {"4", "5"})
    CHECK(differing(cluster.place() / index, fs::path(cluster.out()) / "whole/sweep" / index) == "");
}

TEST_CASE("slurm: a task whose run another process has waits for it", "[cli][slurm]") {
  const Cluster cluster;
  REQUIRE(cluster.sweep({"pause=100"}).code == 0);
  const Process other(
      {TSD_TOY, "train", "--config", kSweep, "--index", "3", "--out", cluster.out(), "pause=100"});
  REQUIRE(eventually([&] { return fs::exists(cluster.place() / "3/status.json"); }));
  CHECK(run_process(task_words(cluster.place() / "slurm/array.sbatch", "3")).code == 75);
  CHECK(cluster.told("scontrol") == "requeue 17_3\n");
}

TEST_CASE("slurm: what follows takes the finished runs", "[cli][slurm]") {
  const Cluster cluster;
  REQUIRE(cluster.sweep({"--then", "analyze"}).code == 0);
  REQUIRE(tsd({"train", "--config", kSweep, "--out", cluster.out(), "--end", "1"}).code == 0);
  const auto outcome = run_process({"bash", cluster.place() / "slurm/then.sbatch"});
  CHECK(outcome.code == 0);
  CHECK(fs::exists(cluster.place() / "1/root.h5"));
  CHECK(lines(slurp(cluster.place() / "sweep.csv")) == 3);
}

// Tasks that are there already would be submitted once more.
TEST_CASE("slurm: nothing is submitted while the queue is not known", "[cli][slurm]") {
  const Cluster cluster;
  spit(cluster.log("busy"), "slurm_load_jobs error: Socket timed out on send/recv operation\n");
  const auto outcome = cluster.sweep({});
  CHECK(outcome.code == 75);
  CHECK(outcome.err ==
        "error: squeue: the state of the queue is not known: slurm_load_jobs error: Socket timed out on "
        "send/recv operation\n");
  CHECK(!has(cluster.told("sbatch"), "array"));
  const auto printed = cluster.sweep({"--dry-run"});
  CHECK(printed.code == 0);
  CHECK(has(printed.out, "#SBATCH"));
  fs::rename(cluster.log("busy"), cluster.log("later"));
  CHECK(cluster.sweep({}).code == 0);
  CHECK(has(cluster.told("sbatch"), "array"));
  fs::rename(cluster.log("later"), cluster.log("busy"));
  const auto listed = tsd({"list", cluster.out()});
  CHECK(listed.code == 0);
  CHECK(has(listed.err, "squeue: the state of the queue is not known"));
}

TEST_CASE("slurm: what cannot be submitted ends with one line", "[cli][slurm]") {
  const Cluster cluster;
  spit(
      cluster.log("refusal"),
      "sbatch: error: invalid partition specified: xx\nsbatch: error: Batch job submission failed: Invalid partition\n");
  const auto refused = cluster.sweep({"--partition", "xx"});
  CHECK(refused.code == 64);
  CHECK(refused.err ==
        "error: sbatch refused " + (cluster.place() / "slurm/array.sbatch").string() +
            ": invalid partition specified: xx; Batch job submission failed: Invalid partition\n");
  const auto wrong = [&](std::vector<std::string> more, const std::string& why) {
    more.insert(more.begin(), {"sweep", "--config", kSweep});
    const auto outcome = tsd(more);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 64);
    CHECK(lines(outcome.err) == 1);
    CHECK(has(outcome.err, why));
  };
  wrong({"--engine", "pbs"}, "--engine: pbs not in {slurm}");
  wrong({"--pack", "3"}, "--pack requires --engine");
  wrong({"--then", "plot"}, "--then requires --engine");
  wrong({"lr=3"}, "overrides requires --engine");
  wrong({"--engine", "slurm", "--csv"}, "--engine excludes --csv");
  wrong({"--engine", "slurm", "--time", "4h"}, "--time: expected minutes, ");
  wrong({"--engine", "slurm", "--partition", "a b"}, "--partition: expected a word for sbatch, got a b");
  wrong({"--engine", "slurm", "--then", "fly"}, "--then: fly not in {");
  wrong({"--engine", "slurm", "--threads", "0"}, "--threads: expected at least 1");
  wrong({"--engine", "slurm", "--begin", "9"}, "--begin/--end: expected indices within 0 to 5");
  for (const char* folder : {"tests/toy", "None"})  // in the root: None is its configs
    CHECK(has(
        run_process({"env", "-C", TSD_SOURCE_DIR, TSD_TOY, "sweep", "--engine", "slurm", "--config", folder})
            .err,
        ": a folder; "));
}

TEST_CASE("slurm: without sbatch nothing is written", "[cli][slurm]") {
  const TemporaryDirectory temporary;
  const Variable path("PATH", temporary.path());
  const auto outcome = tsd({"sweep", "--engine", "slurm", "--config", kSweep, "--out", temporary / "out"});
  CHECK(outcome.code == 66);
  CHECK(has(outcome.err,
            "error: sbatch: cannot be started; expected SLURM's commands on the PATH, or --dry-run"));
  CHECK_FALSE(fs::exists(temporary / "out"));
}

}  // namespace tsd::test
