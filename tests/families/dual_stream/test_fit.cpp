// Fits find the parameters that made the data, from curves and from single answers, and go on where they stopped.
#include <cmath>
#include <sstream>

#include "families/dual_stream/fit/fit_experiment.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::dual_stream;
using tsd::test::spit;
using tsd::test::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

RunContext context(std::uint64_t seed, int threads = 1) {
  RunContext all;
  all.seed = seed;
  all.threads = threads;
  return all;
}

Config alcove_config(std::vector<int> types) {
  Config c;
  c.fast = static_cast<FastName>(static_cast<int>(FastName::first_rival) + 1);
  c.slow = SlowName::none;
  c.task = Task::shj;
  c.problem_types = std::move(types);
  c.n_runs = 1;
  c.epochs = 8;
  c.fit.parameters = {"alcove.c", "alcove.lambda_w"};
  c.fit.low = {1, 0.01};
  c.fit.high = {20, 0.9};
  c.fit.starts = 2;
  c.fit.evaluations = 120;
  return c;
}

// Single answers of participants of ALCOVE with c = 4 and lambda_w = 0.1, in orders of their own.
std::string answers_of(int participants, int trials) {
  const RivalFacts& facts = rivals()[1];
  const Stimuli stimuli = shj({2, 4});
  Lesson lesson{3, 2, {stimuli.x.begin(), stimuli.x.end()}, {0, 1, 2, 3, 4, 5, 6, 7}};
  std::ostringstream csv;
  csv << "participant;problem;trial;item;response\n";
  for (int person = 0; person < participants; ++person) {
    const std::size_t problem = static_cast<std::size_t>(person % 2);
    const auto rival = facts.make(lesson, std::vector{4.0, 0.011, 0.409, 0.1});
    Philox rng(8, "person " + std::to_string(person));
    std::vector<double> p(2);
    for (int t = 0; t < trials - person; ++t) {  // not all have as many
      const auto item = static_cast<int>(rng.below(8));
      const std::vector<double> x(lesson.x.begin() + 3 * item, lesson.x.begin() + 3 * item + 3);
      rival->answer(x, p);
      csv << person << ';' << (problem == 0 ? 2 : 4) << ';' << t << ';' << item << ';'
          << (rng.random() < p[1]) << '\n';
      rival->learn(x, stimuli.problems[problem].label[static_cast<std::size_t>(item)]);
    }
  }
  return csv.str();
}

void run(FitExperiment& fit, std::int64_t steps = 1 << 30) {
  for (; steps > 0 && !fit.finished(); --steps) fit.step();
}

std::vector<double> values_of(const FitExperiment& fit) {
  const Arrays state = fit.state();
  const auto values = find(state, "values").as<double>();
  return {values.begin(), values.end()};
}

std::vector<std::string> problems_of(const Config& c) {
  Problems problems;
  check(c, problems);
  std::vector<std::string> all;
  for (const auto& problem : problems.all()) all.push_back(problem.key + ": " + problem.what);
  return all;
}

std::vector<double> best_of(FitExperiment& fit) {
  const std::vector<Metric> row = fit.step().row;
  return {row[1].value, row[2].value};
}

}  // namespace

TEST_CASE("fit: finds what made a curve", "[dual_stream]") {
  const TemporaryDirectory folder;
  Config truth = alcove_config({1, 2, 6});
  truth.rival_parameters[1] = {4, 0.011, 0.409, 0.1};
  truth.n_runs = 20;
  truth.fit = {};
  DualStreamExperiment data(truth, context(3));
  std::ostringstream csv;  // as pandas writes it, with an index
  csv << ",problem,block,error\n";
  for (int e = 0; e < 8; ++e) data.step();
  for (std::size_t p = 0; p < 3; ++p)
    for (std::size_t b = 0; b < 4; ++b)
      csv << 4 * p + b << ',' << truth.problem_types[p] << ',' << b + 1 << ','
          << (data.curve(p, lc_total)[2 * b] + data.curve(p, lc_total)[2 * b + 1]) / 2 << '\n';
  spit(folder / "curves.csv", csv.str());
  Config c = alcove_config({1, 2, 6});
  c.n_runs = 20;
  c.random_seed = 5;  // participants with other orders
  c.fit.target = (folder / "curves.csv").string();
  FitExperiment fit(c, context(4, 2));
  run(fit, 119);
  const auto best = best_of(fit);
  CHECK(best[0] == Approx(4).epsilon(0.2));
  CHECK(best[1] == Approx(0.1).epsilon(0.2));
}

TEST_CASE("fit: columns of the target that nothing reads are told in one line", "[dual_stream]") {
  const TemporaryDirectory folder;
  Config c = alcove_config({1});
  c.fit.target = (folder / "target.csv").string();
  const auto told = [&](const std::string& text) {
    spit(folder / "target.csv", text);
    fs::remove(folder / "run.log");
    const RunLog log(folder / "run.log");
    const RunLog::Scope scope(log);
    observed(c, shj({1}));
    std::string lines, line;
    for (std::istringstream all(tsd::test::slurp(folder / "run.log")); std::getline(all, line);)
      if (const auto at = line.find("target.csv: not read"); at != std::string::npos)
        lines += line.substr(at);
    return lines;
  };
  CHECK(told(",problem,block,error,n\n0,1,1,0.4,20\n") == "");
  CHECK(told("problem,block,error,sex,trial\n1,1,0.4,f,3\n") == "target.csv: not read: sex, trial");
  CHECK(told("participant,problem,trail,item,response\n1,1,2,3,0\n1,1,1,4,0\n") ==
        "target.csv: not read: trail");
}

TEST_CASE("fit: finds what made single answers, of all and of each, and how sure that is", "[dual_stream]") {
  const TemporaryDirectory folder;
  spit(folder / "answers.csv", answers_of(40, 150));
  Config c = alcove_config({2, 4});
  c.fit.target = (folder / "answers.csv").string();
  c.fit.measure = Measure::likelihood;
  c.fit.bootstrap = 10;
  FitExperiment fit(c, context(4, 2));
  run(fit);
  const Objective objective(c, 4, shj({2, 4}));
  const Observed target = observed(c, shj({2, 4}));
  CHECK(target.answers() == 40 * 150 - 20 * 39);
  const double truth = objective({4, 0.1}, target).value;
  const double chance = static_cast<double>(target.answers()) * std::log(2);
  const auto best = values_of(fit);
  CHECK(*std::min_element(best.begin(), best.end()) < truth);
  CHECK(truth < 0.8 * chance);
  const TemporaryDirectory out;
  Hdf5Writer writer(out / "results.h5");
  fit.write_results(writer);
  writer.close();
  const Hdf5Reader results(out / "results.h5");
  const auto of = [&](const std::string& path) {
    const Array array = results.dataset(path);
    return std::vector<double>(array.as<double>().begin(), array.as<double>().end());
  };
  const std::vector<double> made = {4, 0.1};
  for (std::size_t p = 0; p < 2; ++p) {
    CHECK(of("/fit/best")[p] == Approx(made[p]).epsilon(0.2));
    CHECK(of("/fit/bootstrap/low")[p] < of("/fit/best")[p]);
    CHECK(of("/fit/bootstrap/high")[p] > of("/fit/best")[p]);
  }
  CHECK(of("/fit/bic")[0] == Approx(-2 * of("/fit/log_likelihood")[0] + 2 * std::log(of("/fit/n")[0])));
  CHECK(of("/fit/aic")[0] == Approx(-2 * of("/fit/log_likelihood")[0] + 4));

  c.fit.bootstrap = 0;
  c.fit.individual = true;
  c.fit.evaluations = 30;
  c.fit.starts = 1;
  FitExperiment each(c, context(4, 2));
  run(each);
  Hdf5Writer second(out / "each.h5");
  each.write_results(second);
  second.close();
  const Array likelihood = Hdf5Reader(out / "each.h5").dataset("/fit/individual/log_likelihood");
  double sum = 0;
  for (const double one : likelihood.as<double>()) sum += one;
  CHECK(likelihood.shape == Shape{40});
  CHECK(sum > -truth);  // free parameters for each fit at least as well as those that made all
}

// ln p of a short course, trial by trial, against the sum over the columns of a fixture: ALCOVE on type 2.
TEST_CASE("fit: the likelihood of single answers is the product of their probabilities", "[dual_stream]") {
  const TemporaryDirectory folder;
  spit(folder / "answers.csv",
       "participant,problem,item,response\n7,2,3,0\n7,2,6,0\n7,2,0,1\n7,2,5,1\n9,2,3,1\n");
  Config c = alcove_config({2});
  c.fit.target = (folder / "answers.csv").string();
  c.fit.measure = Measure::likelihood;
  const Objective objective(c, 4, shj({2}));
  const auto p = [](double right, bool is_right) {  // 1e-6 of answers are lapses
    return std::log((1 - 1e-6) * (is_right ? right : 1 - right) + 0.5e-6);
  };
  // Right answers of items 3, 6, 0, 5 are 0, 0, 0, 1.
  const double expected =
      p(.5, true) + p(.33660842, true) + p(.50131866, false) + p(.40500349, true) + p(.5, false);
  CHECK(-objective({6.33, 0.179}, observed(c, shj({2}))).value == Approx(expected).epsilon(1e-6));
}

TEST_CASE("fit: goes on as if it had never stopped, and threads change nothing", "[dual_stream]") {
  Config c = alcove_config({1, 6});
  c.fit.evaluations = 20;
  c.fit.bootstrap = 3;
  c.n_runs = 2;
  FitExperiment whole(c, context(4, 1));
  run(whole);
  for (const int steps : {7, 20, 23}) {
    FitExperiment half(c, context(4, 2)), rest(c, context(4, 3));
    run(half, steps);
    rest.restore(half.state());
    run(rest);
    CHECK(values_of(rest) == values_of(whole));
  }
  CHECK(values_of(whole).size() == 2 * 20 + 3 * 5);
}

TEST_CASE("fit: what cannot be fitted is told", "[dual_stream]") {
  Config c = alcove_config({1});
  CHECK(problems_of(c).empty());
  c.fit.parameters[1] = "alcove.lambda";
  CHECK(problems_of(c) == std::vector<std::string>{"fit.parameters: no key of a number"});
  c = alcove_config({1});
  c.fit.parameters[1] = "sustain.eta";
  CHECK(problems_of(c) == std::vector<std::string>{"fit.parameters: is not read"});
  c = alcove_config({1});
  c.fit.parameters[1] = "epochs";
  CHECK(problems_of(c) == std::vector<std::string>{"fit.parameters: no key of a number"});
  c = alcove_config({1});
  c.fit.high = {30, 0.9};
  c.fit.low = {1, 0};
  CHECK(problems_of(c) ==
        std::vector<std::string>{"fit.low: beyond the range of c", "fit.low: has no logarithm"});
  c.fit.low = {1};
  CHECK(problems_of(c) == std::vector<std::string>{"fit.low: one value for each parameter"});
  c = alcove_config({1});
  c.fit.parameters.clear();
  CHECK(problems_of(c) == std::vector<std::string>{"fit.evaluations: without effect",
                                                   "fit.high: without effect", "fit.low: without effect",
                                                   "fit.starts: without effect"});

  const TemporaryDirectory folder;
  c = alcove_config({1});
  c.fit.target = (folder / "target.csv").string();
  const auto told = [&](const std::string& text) {
    spit(folder / "target.csv", text);
    try {
      FitExperiment(c, context(1));
    } catch (const UserError& error) {
      return std::string(error.what()).substr(folder.path().string().size() + 1);
    }
    return std::string("nothing");
  };
  CHECK(told("problem,block,error\n1,1,0.4\n1,9,0.2\n") ==
        "target.csv: row 2: block: expected a whole number from 1 to 4, got 9");
  CHECK(told("problem,block,error\n1,1,many\n") == "target.csv:2: error: expected a number, got many");
  CHECK(told("problem,block,error\n2,1,0.1\n") ==
        "target.csv: row 1: problem: expected one of problem_types, got 2");
  CHECK(told("a,b\n1,2\n") ==
        "target.csv: expected some of the columns participant, problem, trial, item, response, block, epoch, "
        "error, n, got a, b");
  CHECK(told("participant,problem,item,Response\n1,1,3,0\n") ==
        "target.csv:1: expected the column response, got Response");
  CHECK(told("participant,problem,item,response,N\n1,1,8,0,7\n") ==  // n is of curves
        "target.csv: row 1: item: expected a whole number from 0 to 7, got 8");
  CHECK(told("problem,block,error\n1,1,\n") == "target.csv:2: error: expected a number, got nothing");
  CHECK(told("problem,block,error,error\n1,1,0.4,0.4\n") ==
        "target.csv:1: expected each name once, got error twice");
  CHECK(told("problem,block,error,n\n1,1,0.4,2.5\n") ==
        "target.csv: row 1: n: expected a whole number from 1 to 2147483647, got 2.5");
  CHECK(told("participant,problem,item,response\n1,1,8,0\n") ==
        "target.csv: row 1: item: expected a whole number from 0 to 7, got 8");
  CHECK(told("participant,problem,item,response\n1.5,1,3,0\n") ==
        "target.csv: row 1: participant: expected a whole number, got 1.5");
  c.held_out = {3};
  CHECK(told("participant,problem,item,response\n1,1,3,0\n") ==
        "target.csv: row 1: item: expected an item that is shown with its class, not one of held_out, got 3");
  c.held_out = {};
  c.fit.measure = Measure::likelihood;
  c.consolidation.anneal_from = 2;  // there are no epochs
  spit(folder / "target.csv", "participant,problem,item,response\n1,1,3,0\n");
  CHECK_THROWS_WITH(FitExperiment(c, context(1)),
                    Catch::StartsWith("consolidation.anneal_from: is not read"));
  c.consolidation.anneal_from = std::nullopt;
  c.fit.bootstrap = 5;  // of one participant, or of not known numbers of answers, all resamples are the same
  CHECK_THROWS_WITH(FitExperiment(c, context(1)), Catch::EndsWith("of a problem at least, got one"));
  c.fit.measure = Measure::rmsd;
  spit(folder / "target.csv", "problem,block,error\n1,1,0.4\n");
  CHECK_THROWS_WITH(FitExperiment(c, context(1)),
                    Catch::StartsWith("fit.bootstrap: does not fit the target"));
  c.fit.bootstrap = 0;
  c.fit.target = std::nullopt;
  c.fit.individual = true;
  CHECK_THROWS_AS(FitExperiment(c, context(1)), ConfigError);
}

TEST_CASE("fit: rows that say the same thing twice, and other problems, are told", "[dual_stream]") {
  const TemporaryDirectory folder;
  Config c = alcove_config({1});
  c.fit.target = (folder / "target.csv").string();
  const auto told = [&](const std::string& text) {
    spit(folder / "target.csv", text);
    try {
      return std::to_string(observed(c, shj({1})).answers());
    } catch (const UserError& error) {
      return std::string(error.what()).substr(folder.path().string().size() + 1);
    }
  };
  CHECK(told("problem,block,error\n1,1,0.4\n1,2,0.2\n1,1,0.3\n") ==
        "target.csv: row 3: block: expected each once in a problem, as a mean over participants, got 1 as in "
        "row 1");
  CHECK(told("problem,block,epoch,error\n1,1,0,0.4\n") ==
        "target.csv: expected a column block or epoch, got both");
  // Trials of two blocks, numbered from 0 in each.
  CHECK(
      told("participant,problem,trial,item,response\n1,1,0,3,0\n1,1,1,4,0\n1,1,0,5,0\n1,1,1,6,0\n") ==
      "target.csv: row 3: trial: expected each once of a participant in a problem, counted on from block to "
      "block, got 0 as in row 1");
  CHECK(told("participant,problem,trial,item,response\n1,1,1,3,0\n1,1,0,4,0\n2,1,0,5,0\n") == "3");
  c.task = Task::file;
  CHECK(told("participant,problem,item,response\n1,1,3,0\n1,2,3,0\n") ==
        "target.csv: row 2: problem: expected one problem, as the task has, 1, got 2");
}

TEST_CASE("fit: single answers as programs write them", "[dual_stream]") {
  const TemporaryDirectory folder;
  Config c = alcove_config({1});
  c.fit.target = (folder / "target.csv").string();
  const std::vector<std::pair<const char*, std::string>> files = {
      {"R: write.csv, with a comment that has commas",
       "\"\",\"participant\",\"problem\",\"item\",\"response\",\"note\"\n\"1\",7,1,3,0,\"late, or "
       "tired\"\n\"2\",7,1,5,1,\"\"\n"},
      {"R: write.table", "\"participant\" \"problem\" \"item\" \"response\"\n\"1\" 7 1 3 0\n\"2\" 7 1 5 1\n"},
      {"semicolons in a name between quotes",
       "participant,problem,item,\"response\",\"a; b\"\n7,1,3,0,1\n7,1,5,1,1\n"},
      {"lines of old Macs", "participant,problem,item,response\r7,1,3,0\r7,1,5,1\r"},
  };
  for (const auto& [name, text] : files) {
    CAPTURE(name);
    spit(folder / "target.csv", text);
    const Observed read = observed(c, shj({1}));
    REQUIRE(read.participants.size() == 1);
    CHECK(read.participants[0].name == 7);
    CHECK(read.participants[0].item == std::vector<std::int32_t>{3, 5});
    CHECK(read.participants[0].response == std::vector<std::int32_t>{0, 1});
  }
}

TEST_CASE("fit: columns of an HDF5 file have one length, whatever order they are looked for in",
          "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto file = folder / "answers.h5";
  const auto told = [&](std::size_t participants) {
    Hdf5Writer writer(file);
    writer.dataset("/participant", std::vector<double>(participants, 1), {"answer", "", ""});
    for (const char* name : {"/problem", "/item", "/response"})
      writer.dataset(name, std::vector<double>(8, 1), {std::string(name).substr(1) + " answer", "", ""});
    writer.close();
    Config c = alcove_config({1});
    c.fit.target = file.string();
    try {
      return std::to_string(observed(c, shj({1})).answers());
    } catch (const UserError& error) {
      return std::string(error.what()).substr(file.string().size() + 2);
    }
  };
  CHECK(told(8) == "8");
  CHECK(told(4) == "/problem: expected as many values as /participant, got [8]");
}

// The first model that is tried has no value: all its weights are 0.
TEST_CASE("fit: a search that begins where nothing is finite finds a model that is", "[dual_stream]") {
  Config c = alcove_config({1});
  c.fast = static_cast<FastName>(FastName::first_rival);  // gcm
  c.fit.parameters = c.fit.linear = {"gcm.w1", "gcm.w2", "gcm.w3"};
  c.fit.low = {0, 0, 0};
  c.fit.high = {1, 1, 1};
  c.rival_parameters[0][6] = c.rival_parameters[0][7] = c.rival_parameters[0][8] = 0;
  c.fit.starts = 1;
  c.fit.evaluations = 30;
  FitExperiment fit(c, context(4));
  CHECK(std::isinf(fit.step().row[0].value));
  run(fit);
  const auto values = values_of(fit);
  CHECK(std::isnan(values[0]));
  const TemporaryDirectory out;
  Hdf5Writer writer(out / "results.h5");
  fit.write_results(writer);
  writer.close();
  const Array value = Hdf5Reader(out / "results.h5").dataset("/fit/searches/value");
  CHECK(value.as<double>()[0] == *std::min_element(values.begin() + 1, values.end()));
}

TEST_CASE("fit: as a user asks for it", "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto words = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {TSD_BINARY, "fit", "--config"});
    more.insert(more.end(), {"--out", folder.path().string(), "--quiet"});
    return test::run_process(std::move(more));
  };
  const auto nothing = words({TSD_SOURCE_DIR "/configs/dual_stream/smoke_shj.yaml"});
  CHECK(nothing.code == static_cast<int>(Exit::usage));
  CHECK_THAT(nothing.err, Catch::Contains("nothing to fit"));
  CHECK_THAT(words({TSD_SOURCE_DIR "/configs/plastic.yaml"}).err, Catch::Contains("nothing that is fitted"));
  REQUIRE(
      words({TSD_SOURCE_DIR "/configs/dual_stream/fit_people.yaml", "fit.evaluations=4", "n_runs=2"}).code ==
      0);
  const std::string run = (folder / "fit_people").string();
  const Hdf5Reader results(folder / "fit_people/results.h5");
  CHECK(results.strings("/fit/parameters").size() == 8);
  const double rmsd = results.dataset("/fit/rmsd").as<double>()[0];
  REQUIRE(test::run_process({TSD_BINARY, "analyze", run, "--only", "human"}).code == 0);
  const Array again = Hdf5Reader(folder / "fit_people/human.h5").dataset("/rmsd");
  CHECK(again.as<double>()[0] == Approx(rmsd).epsilon(1e-4));  // sums in single precision
}

// Streams with lr_clustering 0.1 and lr_dnn 0.75, 96 participants; fitted with other first weights.
TEST_CASE("fit: finds the step sizes of both streams", "[dual_stream][slow]") {
  const TemporaryDirectory folder;
  Config c;
  c.task = Task::shj;
  c.epochs = 32;
  c.n_runs = 96;
  c.slow_config.lr = 0.75;
  c.init_seed = 11;
  DualStreamExperiment data(c, context(3));
  std::ostringstream csv;
  csv << "problem,epoch,error\n";
  for (int e = 0; e < 32; ++e) data.step();
  for (std::size_t p = 0; p < 6; ++p)
    for (std::size_t e = 0; e < 32; ++e)
      csv << p + 1 << ',' << e << ',' << data.curve(p, lc_total)[e] << '\n';
  spit(folder / "curves.csv", csv.str());
  c.init_seed = 12;
  c.fast_config.lr_clustering = 0.3;
  c.slow_config.lr = 0.2;
  c.fit.target = (folder / "curves.csv").string();
  c.fit.parameters = {"fast_config.lr_clustering", "slow_config.lr"};
  c.fit.low = {0.01, 0.01};
  c.fit.high = {1, 5};
  c.fit.starts = 2;
  c.fit.evaluations = 100;
  FitExperiment fit(c, context(4, 2));
  run(fit, 99);
  const auto best = best_of(fit);
  CHECK(best[0] == Approx(0.1).epsilon(0.2));
  CHECK(best[1] == Approx(0.75).epsilon(0.2));
}
