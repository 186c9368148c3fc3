// Analyses of a small run, as a user calls them.
#include <cmath>
#include <fstream>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using namespace tsd::test;

namespace {

const std::vector<std::string> kShort = {"num_train=320", "num_val=20"}, kAsShipped;

// A finished smoke run, on one thread, which a busy machine cannot slow down by waiting; `more` words
// override its config.
class Run {
 public:
  explicit Run(const std::vector<std::string>& more = {}, std::vector<std::string> size = kShort) {
    std::vector<std::string> words = {TSD_BINARY, "train",
                                      "--config", TSD_SOURCE_DIR "/configs/nback/smoke.yaml",
                                      "--out",    temporary_ / "out",
                                      "--quiet",  "--threads",
                                      "1"};
    words.insert(words.end(), size.begin(), size.end());
    words.insert(words.end(), more.begin(), more.end());
    REQUIRE(run_process(words).code == 0);
  }

  std::string directory() const { return temporary_ / "out/nback_smoke"; }
  Outcome analyze(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {TSD_BINARY, "analyze", directory(), "--only", name};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(words);
  }
  Hdf5Reader found(const std::string& name) const { return Hdf5Reader(directory() + "/" + name + ".h5"); }

 private:
  TemporaryDirectory temporary_;
};

std::vector<double> numbers(const Hdf5Reader& file, const std::string& path) {
  const Array array = file.dataset(path);
  const auto values = array.as<double>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("smoke: the run that shows all parts of a run learns too, whatever the seed", "[analysis]") {
  for (const char* seed : {"seed=1", "seed=2", "seed=3", "seed=4", "seed=5"}) {
    INFO(seed);
    const Run run({seed}, kAsShipped);
    const Hdf5Reader results(run.directory() + "/results.h5");
    const double chance = numbers(results, "/train/chance_masked")[0];
    for (const char* split : {"novel_angle", "novel_identity"})
      CHECK(numbers(results, std::string("/train/val_") + split + "/acc_masked").back() > chance + 0.2);
  }
}

TEST_CASE("analyses: what was analysed is stored, and chance and intervals fit the accuracies",
          "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("decoding", {"analysis.epoch=2", "analysis.split=shared"}).code == 0);
  const Hdf5Reader file = run.found("decoding");
  CHECK(file.text_attribute("/decoding", "mode") == "corrected");
  CHECK(file.text_attribute("/decoding", "split") == "shared");
  CHECK(file.number_attribute("/decoding", "epoch") == 2);
  CHECK(file.number_attribute("/decoding", "seed") == 42);
  CHECK(file.number_attribute("/decoding", "n_sequences") == 320);  // two tasks of 160
  CHECK(file.strings("/decoding/contexts") == std::vector<std::string>{"identity", "category"});
  const auto accuracy = numbers(file, "/decoding/category/accuracy"),
             low = numbers(file, "/decoding/category/ci_low"),
             high = numbers(file, "/decoding/category/ci_high"),
             chance = numbers(file, "/decoding/category/chance"),
             tested = numbers(file, "/decoding/category/n_test"),
             scaled = numbers(file, "/decoding/category/normalised");
  for (std::size_t i = 0; i < accuracy.size(); ++i) {
    CHECK(tested[i] == 32);  // a fifth of 160
    CHECK(chance[i] == 0.25);
    CHECK(low[i] <= accuracy[i]);
    CHECK(accuracy[i] <= high[i]);
    CHECK(scaled[i] == Approx((accuracy[i] - 0.25) / 0.75));
  }
}

TEST_CASE("analyses: the same call finds the same, on any number of threads", "[analysis]") {
  const Run run;
  const auto on = [&](const std::string& threads) {
    REQUIRE(run.analyze("extract", {"run.threads=" + threads}).code == 0);
    REQUIRE(run.analyze("temporal", {"run.threads=" + threads}).code == 0);
    const Array hidden = run.found("extract").dataset("/extract/hidden");
    const auto states = hidden.as<float>();
    return std::pair(std::vector(states.begin(), states.end()),
                     numbers(run.found("temporal"), "/temporal/identity/screen/accuracy"));
  };
  const auto once = on("1");
  CHECK(on("2") == once);
  CHECK(on("3") == once);
}

// A later tsd may know more keys: the digest of the config is then another than the run's.
TEST_CASE("analyses: a run is analysed though its config would now have another digest", "[analysis]") {
  const Run run;
  const std::string file = run.directory() + "/config.yaml";
  std::string text = slurp(file);
  text.replace(text.find("num_val: 20"), 11, "num_val: 21");  // of kShort
  std::ofstream(file) << text;
  CHECK(run.analyze("cross_task").code == 0);
}

TEST_CASE("analyses: mode reference fits and tests on the same sequences", "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("decoding", {"analysis.mode=reference"}).code == 0);
  const Hdf5Reader file = run.found("decoding");
  CHECK(numbers(file, "/decoding/location/accuracy") == numbers(file, "/decoding/location/accuracy_train"));
}

TEST_CASE("analyses: mode paper reads every item seen so far, and nothing before it was seen", "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("decoding", {"analysis.mode=paper"}).code == 0);
  const Hdf5Reader file = run.found("decoding");
  CHECK(file.strings("/memory/contexts") ==
        std::vector<std::string>{"identity n=1", "identity n=2", "category n=1", "category n=2"});
  const auto accuracy = numbers(file, "/memory/category/accuracy");
  REQUIRE(accuracy.size() == 4 * 6 * 6);
  for (std::size_t cell = 0; cell < accuracy.size(); ++cell)
    CHECK(std::isnan(accuracy[cell]) == (cell / 6 % 6 > cell % 6));  // item later than time
}

TEST_CASE("analyses: bad input is told with what there is", "[analysis]") {
  const Run run({"validation=[novel_angle]", "save_hidden=false", "epochs=2"});
  const auto check = [&](const std::string& name, const std::vector<std::string>& words, int code,
                         const std::string& message) {
    const Outcome outcome = run.analyze(name, words);
    CHECK(outcome.code == code);
    CHECK_THAT(outcome.err, Catch::Contains(message));
  };
  check("decoding", {"analysis.epoch=9"}, 66,
        "analysis.epoch: expected best, last or one of the epochs kept (");
  check("decoding", {"analysis.split=novel_identity"}, 66,
        "analysis.split: expected one of shared, novel_angle, got novel_identity");
  check(
      "decoding", {"analysis.samples_per_task=2", "analysis.contexts=task_n"}, 65,
      "identity n=1: too few sequences in shared: expected some on either side of the split, got 0 to fit and 1 to test");
  check("decoding", {"analysis.samples_per_task=4", "analysis.contexts=task_n"}, 65,
        "expected at least two values to tell apart, got 1 in 1 sequences of shared");
  check("decoding", {"analysis.tasks=[location]"}, 65, "expected tasks of the run (identity, category");
  check("task_relevance", {"analysis.time=6"}, 65, "expected a step below sequence_length 6, got 6");
  check("decoding", {"analysis.samples_per_task=3"}, 78,
        "samples_per_task: expected a multiple of the 2 n_values, got 3");
}

TEST_CASE("analyses: the null of decoders fitted on shuffled labels", "[analysis]") {
  const Run run;
  const auto null = [&](const std::string& kind) {
    REQUIRE(run.analyze("task_relevance", {"analysis.null_model=" + kind, "analysis.shuffles=20"}).code == 0);
    const Hdf5Reader file = run.found("task_relevance");
    CHECK(file.text_attribute("/task_relevance", "null_model") == kind);
    return std::pair(numbers(file, "/task_relevance/accuracy"), numbers(file, "/task_relevance/null_mean"));
  };
  const auto relabelled = null("test_labels"), refitted = null("refit");
  CHECK(relabelled.first == refitted.first);
  CHECK(relabelled.second != refitted.second);
  const double chance[] = {1 / 4.0, 1 / 16.0, 1 / 4.0};  // locations, identities, categories
  // 20 refits with 32 held-out sequences: an SE of at most 0.5 / sqrt(32 20) = 0.02 if trials were
  // independent; one decoder's answers go together, so four times that.
  for (std::size_t i = 0; i < refitted.second.size(); ++i)
    CHECK(refitted.second[i] == Approx(chance[i % 3]).margin(0.08));
}

TEST_CASE("analyses: intervals of the orthogonalisation index hold it apart from nothing", "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("orthogonalization").code == 0);
  for (const double low : numbers(run.found("orthogonalization"), "/orthogonalization/encoding_ci_low"))
    CHECK(std::isnan(low));
  REQUIRE(run.analyze("orthogonalization", {"analysis.orthogonalization_resamples=20"}).code == 0);
  const Hdf5Reader file = run.found("orthogonalization");
  const auto of = [&](const std::string& name) { return numbers(file, "/orthogonalization/" + name); };
  const auto encoding = of("encoding"), low = of("encoding_ci_low"), high = of("encoding_ci_high"),
             difference_low = of("difference_ci_low"), perceptual_high = of("perceptual_ci_high");
  REQUIRE(low.size() == encoding.size());
  for (std::size_t i = 0; i < low.size(); ++i) {
    CHECK(low[i] < high[i]);
    CHECK(high[i] - low[i] < 0.5);
    // Of paired values, the least difference is no less than least encoding - largest perceptual.
    CHECK(difference_low[i] >= low[i] - perceptual_high[i] - 0.05);
  }
}

TEST_CASE("analyses: a push that the network goes on from", "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("perturbation").code == 0);
  const Hdf5Reader file = run.found("perturbation");
  CHECK(file.strings("/perturbation/properties") == std::vector<std::string>{"identity", "category"});
  const auto p = numbers(file, "/perturbation/propagated/p_mean"),
             length = numbers(file, "/perturbation/moved"), norm = numbers(file, "/perturbation/norm");
  const int K = 3, D = 21, later = 2;  // pushed at step 3 of 0..5
  REQUIRE(p.size() == 2u * K * D * later * 3);
  CHECK(numbers(file, "/perturbation/propagated/n_trials").size() == 2 * later);
  const auto match = [&](int task, int push, int distance, int step) {
    return p[(((task * K + push) * D + distance) * later + step) * 3 + 2];
  };
  for (int task = 0; task < 2; ++task) {
    for (int step = 0; step < later; ++step) {
      CHECK(match(task, 0, 10, step) == Approx(match(task, 1, 10, step)).epsilon(1e-12));  // nothing moved
      CHECK(match(task, 0, 10, step) > 1 / 3.0);  // trials answered with match
    }
    for (int push = 0; push < K; ++push) {
      CHECK(length[(task * K + push) * D + 10] == 0);
      // Four SD along a normal were 5 to 21 % of a state's norm in trained networks, pushes along means more.
      CHECK(length[(task * K + push) * D] > 0.05 * norm[task]);
      CHECK(length[(task * K + push) * D] == Approx(length[(task * K + push) * D + 20]));
    }
  }
}
