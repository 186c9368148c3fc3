// Weights and samples of one's own: those of a run, given back, bring that run again.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "families/microcircuit/data/own_files.hpp"
#include "families/microcircuit/simulated.hpp"
#include "families/microcircuit/without_effect.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/safetensors.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

// Of Fig. 4: learning of all weights from a teacher.
Config brief(std::vector<std::string> more = {}) {
  for (const char* override : {"random_seed=[123, 456]", "epochs=2", "dataset_size=10", "settling_time=2"})
    more.push_back(override);
  return published("fig4ab_pal", more);
}

Arrays initial_weights(const Config& config) {
  return MicrocircuitExperiment(config, Finished::context()).weights();
}

std::vector<double> values(const Arrays& arrays, const std::string& name) {
  const auto found = find(arrays, name).as<double>();
  return {found.begin(), found.end()};
}

struct Files {
  std::string weights(const Arrays& arrays) const {
    write_safetensors(folder / "model.safetensors", {arrays, {}});
    return "init_file=" + (folder / "model.safetensors").string();
  }
  std::string samples(const Config& config) const {
    MicrocircuitExperiment run(config, Finished::context());
    for (std::int64_t step = 0; step < run.total_steps(); ++step) run.step();
    Hdf5Writer writer(folder / "samples.h5");
    run.write_results(writer);
    writer.close();
    return "input_file=" + (folder / "samples.h5").string();
  }
  test::TemporaryDirectory folder;
};

Array array(const std::string& name, std::vector<double> numbers, Shape shape) {
  return make_array<double>(name, std::span<const double>(numbers), shape);
}

}  // namespace

TEST_CASE("init_file: each student starts from its weights, or all from one's", "[microcircuit]") {
  const Files files;
  const Arrays trained = Finished(brief()).weights;
  const Arrays taken = initial_weights(brief({files.weights(trained)}));
  for (const Array& weights : trained) CHECK(values(taken, weights.name) == values(trained, weights.name));

  const std::string shared = files.weights({array("WPP_1", {0.5}, {1, 1}), array("WPP_2", {-0.25}, {1, 1})});
  const Arrays both = initial_weights(brief({shared})), drawn = initial_weights(brief());
  for (const std::string seed : {"123", "456"}) {
    CHECK(values(both, seed + ".WPP_1") == std::vector{0.5});
    CHECK(values(both, seed + ".BPP_1") == values(drawn, seed + ".BPP_1"));
    CHECK(values(both, seed + ".WIP_1")[0] ==
          Approx(-0.25));  // the self-predicting state of the new WPP_2: factor 1
  }
}

TEST_CASE("init_file: what does not fit is told with its name", "[microcircuit]") {
  const Files files;
  const auto error = [&](const Arrays& arrays) -> std::string {
    try {
      initial_weights(brief({files.weights(arrays)}));
    } catch (const DataError& problem) {
      return problem.what();
    }
    return "";
  };
  CHECK_THAT(error({array("WPP_1", {1, 2}, {1, 2})}),
             Catch::Contains("model.safetensors: WPP_1: expected [1, 1], got [1, 2]"));
  CHECK_THAT(
      error({array("WPP_3", {1}, {1, 1})}),
      Catch::Contains("WPP_3: no weights of this circuit; expected WPP_1, WPP_2, WIP_1, BPP_1, BPI_1"));
  CHECK_THAT(error({array("WPP_1", {NAN}, {1, 1})}),
             Catch::Contains("WPP_1: element 0: expected a finite number, got nan"));
  CHECK_THAT(error({array("123.WPP_1", {1}, {1, 1})}),
             Catch::Contains("no weights of student 456; expected 456.WPP_1, ..; got 123.WPP_1, .."));
  CHECK_THAT(error({make_array<std::int64_t>("WPP_1", std::vector<std::int64_t>{1}, {1, 1})}),
             Catch::Contains("WPP_1: expected f64 or f32, got i64"));
}

TEST_CASE("input_file: results.h5 of a run brings its samples and targets again", "[microcircuit]") {
  const Files files;
  const Arrays once = Finished(brief()).weights;
  const Arrays again = Finished(brief({files.samples(brief())})).weights;
  CHECK(values(again, "456.WPP_2") == values(once, "456.WPP_2"));
  CHECK(values(again, "123.BPP_1") == values(once, "123.BPP_1"));
  const std::string without_targets = files.samples(brief({"task=bw_only"}));
  const Arrays simulated =
      Finished(brief({without_targets})).weights;  // by a teacher that sees the new samples
  CHECK(values(simulated, "123.WPP_2") != values(once, "123.WPP_2"));
}

TEST_CASE("input_file: numbers of any type are the same samples", "[microcircuit]") {
  const Files files;
  const auto weights = [&]<class T>(T, const char* name) {
    std::vector<T> rates, targets;
    for (int sample = 0; sample < 10; ++sample)
      rates.push_back(static_cast<T>(sample % 2)), targets.push_back(static_cast<T>(sample % 3));
    Hdf5Writer file(files.folder / name);
    file.dataset<T>("/input/r0", rates, {10, 1}, {"", "", ""});
    file.dataset<T>("/teacher/target", targets, {10, 1}, {"", "", ""});
    file.close();
    return values(Finished(brief({"input_file=" + (files.folder / name).string()})).weights, "123.WPP_2");
  };
  const auto expected = weights(0.0, "double.h5");
  CHECK(weights(0.0f, "float.h5") == expected);
  CHECK(weights(std::int64_t{0}, "whole.h5") == expected);
}

TEST_CASE("input_file: another number of samples, or inputs, is refused", "[microcircuit]") {
  const Files files;
  const std::string file = files.samples(brief());
  CHECK_THROWS_WITH(MicrocircuitExperiment(published("fig4ab_pal", {file, "epochs=1"}), Finished::context()),
                    Catch::Contains("samples.h5") && Catch::Contains("/input/r0") &&
                        Catch::Contains("expected shape [100, 1], got [10, 1]"));
}

TEST_CASE("config: what is said in vain is told with the reason", "[microcircuit]") {
  CHECK(without_effect(published("fig4ab_pal")).empty());
  const auto keys = [](const Config& config) {
    std::string all;
    for (const UnusedKey& key : without_effect(config)) all += key.key + " (" + key.by + "); ";
    return all;
  };
  const std::string teacher = "init_teacher_WPP_range (task: fw_bw); ";  // as the original's file gives it
  CHECK(keys(published("fig3abc", {"rec_MSE=true", "rec_dWPP=true"})) == teacher + "rec_MSE (task: fw_bw); ");
  CHECK(keys(published("fig3abc", {"rec_dWPP=false"})) == "eta_fw (task: fw_bw or rec_dWPP); " + teacher);
  CHECK_THAT(
      keys(published("fig4ab_fa", {"rec_noise=true", "rec_epsilon=true"})),
      Catch::Contains("rec_noise (a model_type that learns BPP from noise); rec_epsilon (a model_type"));
  CHECK(keys(published("fig4ab_pal", {"init_WIP_range=[0, 2]"})) == "init_WIP_range (init_in_SPS: false); ");
  CHECK(keys(published("fig4ab_pal", {"noise_type=hold_white_noise", "tauxi=3"})) ==
        "tauxi (noise_type: OU); ");
}

namespace {

// Two inputs and two classes, one sample a line; as pandas (an unnamed first column) or R (row names) leave it too.
const std::string kTable =
    "\"\",input_1,input_2,class\n"
    "a,0.1,0.9,0\n"
    "b,0.8,0.2,1\n"
    "c,0.2,0.7,0\n";

Config of_own(const std::vector<std::string>& files, std::vector<std::string> more = {}) {
  for (const std::string& file : files) more.push_back(file);
  for (const char* override : {"dataset_size=3", "epochs=2", "settling_time=0.4", "layers=[2, 4, 3, 2]"})
    more.push_back(override);
  return published("smoke", more);
}

std::string refusal(const std::vector<std::string>& files) {
  try {
    MicrocircuitExperiment(of_own(files), Finished::context());
  } catch (const UserError& problem) {
    return problem.what();
  }
  return "";
}

}  // namespace

TEST_CASE("own tasks: CSV and HDF5 of the same samples teach the same", "[microcircuit]") {
  const test::TemporaryDirectory folder;
  test::spit(folder / "train.csv", kTable);
  test::spit(folder / "test.tsv", "target_2\ttarget_1\tinput_2\tinput_1\n0\t1\t0.5\t0.5\n1\t0\t0.25\t0.75\n");
  {
    Hdf5Writer writer(folder / "train.h5");
    writer.dataset<double>("/input/r0", std::vector{0.1, 0.9, 0.8, 0.2, 0.2, 0.7}, {3, 2}, {});
    writer.dataset("/input/class", std::vector<std::int64_t>{0, 1, 0}, {});
    writer.close();
  }
  const std::string csv = "input_file=" + (folder / "train.csv").string(),
                    hdf5 = "input_file=" + (folder / "train.h5").string(),
                    test = "test_file=" + (folder / "test.tsv").string();
  const Finished a(of_own({csv, test})), b(of_own({hdf5}));
  CHECK(a.experiment.material().shown.target == std::vector<double>{1, 0, 0, 1, 1, 0});
  CHECK(a.experiment.material().tests->target == std::vector<double>{1, 0, 0, 1});
  CHECK(a.experiment.material().tests->input == std::vector{0.5, 0.5, 0.75, 0.25});
  CHECK(values(a.weights, "0.WPP_3") == values(b.weights, "0.WPP_3"));
  CHECK(about_samples(a.experiment.config(), a.experiment.material()) ==
        (folder / "train.csv").string() + ": 3 samples; targets: its classes, by class_targets; tests: " +
            (folder / "test.tsv").string() + ": 2 samples; targets: its own");
  CHECK(a.experiment.headline().metric == "test_error");  // its tests have targets, but no classes
  CHECK(a.experiment.students()[0].scores.size() == 2);
}

TEST_CASE("own tasks: what is not read in a file is told, of HDF5 as of CSV", "[microcircuit]") {
  const test::TemporaryDirectory folder;
  test::spit(folder / "own.csv", "input_1,input_2,age,class\n0,0,30,0\n0,0,40,1\n0,0,50,1\n");
  {
    Hdf5Writer writer(folder / "own.h5");
    writer.dataset<double>("/input/r0", std::vector{0.1, 0.9, 0.8, 0.2, 0.2, 0.7}, {3, 2}, {});
    writer.dataset("/input/class", std::vector<std::int64_t>{0, 1, 0}, {});
    writer.dataset("/input/age", std::vector<std::int64_t>{30, 40, 50}, {});
    writer.dataset<double>("/teacher/WPP_1", std::vector{1.0, 2.0}, {1, 2}, {});
    writer.close();
  }
  const auto told = [&](const std::string& file, std::vector<std::string> more = {}) {
    std::filesystem::remove(folder / "run.log");
    {
      const RunLog log(folder / "run.log");
      const RunLog::Scope scope(log);
      MicrocircuitExperiment(of_own({"input_file=" + (folder / file).string()}, std::move(more)),
                             Finished::context());
    }
    const std::string text = test::slurp(folder / "run.log"), before = file + ": not read: ";
    const std::size_t from = text.find(before);
    return from == std::string::npos
               ? ""
               : text.substr(from + before.size(), text.find('\n', from) - from - before.size());
  };
  CHECK(told("own.csv") == "age");
  CHECK(told("own.h5") == "/input/age, /teacher/WPP_1");
  CHECK(told("own.h5", {"task=bw_only"}) == "/input/age, /input/class, /teacher/WPP_1");
}

TEST_CASE("own tasks: what is wrong with a file is told with its place", "[microcircuit]") {
  const test::TemporaryDirectory folder;
  const auto csv = [&](const std::string& text) {
    test::spit(folder / "own.csv", text);
    return refusal({"input_file=" + (folder / "own.csv").string()});
  };
  CHECK_THAT(csv("input_1,class\n0.1,0\n0.2,1\n0.3,1\n"),
             Catch::Contains("own.csv: expected the columns input_1 to input_2, got no input_2"));
  CHECK_THAT(csv("input_1,input_2,class\n0.1,0.1,0\n0.2,0.2,1\n"),
             Catch::Contains("own.csv: expected 3 samples, as dataset_size says, got 2"));
  CHECK_THAT(csv("input_1,input_2,class\n0,0,0\n0,x,1\n0,0,1\n"),
             Catch::Contains("own.csv:3: input_2: expected a number, got x"));
  CHECK_THAT(
      csv("input_1,input_2,class\n0,0,0\n0,0,2\n0,0,1\n"),
      Catch::Contains("own.csv: class of sample 1: expected one of 0 to 1, one for each output, got 2"));
  CHECK_THAT(csv("input_1,input_2,class\n0,0,0\n0,0,0.5\n0,0,1\n"),
             Catch::Contains("own.csv: class of sample 1: expected a whole number, got 0.5"));
  CHECK_THAT(csv("input_1,input_2,target_1\n0,0,0\n0,0,1\n0,0,1\n"),
             Catch::Contains("own.csv: expected the columns target_1 to target_2, got no target_2"));
  CHECK_THAT(csv("input_1,input_2,Class\n0,0,0\n0,0,1\n0,0,1\n"),
             Catch::Contains("own.csv:1: expected the column class, got Class"));
  CHECK_THAT(csv("input_1,input_2,classes\n0,0,0\n0,0,1\n0,0,1\n"), Catch::Contains("class, got classes"));
  CHECK_THAT(csv("input_1,input_2,target1,target2\n0,0,0,1\n0,0,1,1\n0,0,1,1\n"),
             Catch::Contains("own.csv:1: expected the column target_1, got target1"));
  CHECK_THAT(csv("input_1,input_2,input_3,class\n0,0,0,0\n0,0,1,1\n0,0,1,1\n"),
             Catch::Contains("own.csv:1: expected input_1 to input_2, got input_3, too"));
  CHECK_THAT(csv("input_1,input_2,target_1,target_2,target_3\n0,0,0,0,0\n0,0,1,1,1\n0,0,1,1,1\n"),
             Catch::Contains("own.csv:1: expected target_1 to target_2, got target_3, too"));
  test::spit(folder / "test.csv", "input_1,input_2\n0,0\n");
  test::spit(folder / "own.csv", kTable);
  CHECK_THAT(
      refusal({"input_file=" + (folder / "own.csv").string(), "test_file=" + (folder / "test.csv").string()}),
      Catch::Contains("test.csv: expected targets or classes of the samples, got none"));
}

TEST_CASE("own tasks: answers under another name are refused, and a teacher is told", "[microcircuit]") {
  const test::TemporaryDirectory folder;
  const std::string file = "input_file=" + (folder / "own.h5").string();
  const auto write = [&](const std::string& name, const Shape& shape) {
    Hdf5Writer writer(folder / "own.h5");
    writer.dataset<double>("/input/r0", std::vector{0.1, 0.9, 0.8, 0.2, 0.2, 0.7}, {3, 2}, {});
    writer.dataset<double>(name, std::vector<double>(static_cast<std::size_t>(count(shape)), 1), shape, {});
    writer.close();
  };
  for (const char* name : {"/input/Class", "/class", "/input/classes"}) {
    write(name, {3});
    CHECK_THAT(refusal({file}), Catch::Contains("own.h5: expected /input/class, got " + std::string(name)));
  }
  for (const char* name : {"/teacher/targets", "/target", "/Targets"}) {
    write(name, {3, 2});
    CHECK_THAT(refusal({file}),
               Catch::Contains("own.h5: expected /teacher/target, got " + std::string(name)));
  }
  write("/teacher/target", {2, 3});
  CHECK_THAT(refusal({file}),
             Catch::Contains("/teacher/target: expected shape [3, 2], got [2, 3], which looks "
                             "like unit x sample; transpose it"));
  write("/Teacher/target", {3, 2});
  CHECK_THAT(refusal({file}), Catch::Contains("expected /teacher/target, got the group /Teacher"));
  write("/teacher/target_full", {3, 2});
  CHECK_THAT(refusal({file}), Catch::Contains("got /teacher/target_full, which version: phased reads"));

  write("/weight", {3});  // left alone
  const MicrocircuitExperiment run(of_own({file}), Finished::context());
  CHECK(about_samples(run.config(), run.material()) ==
        (folder / "own.h5").string() +
            ": 3 samples; targets: a simulated teacher's, since it has no targets or classes");
  CHECK(about_samples(published("fig4ab_pal"), run.material()).empty());
}
