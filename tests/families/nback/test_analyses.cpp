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

std::vector<std::int32_t> whole_numbers(const Hdf5Reader& file, const std::string& path) {
  const Array array = file.dataset(path);
  const auto values = array.as<std::int32_t>();
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
  // What another analysis reads.
  check("decoding", {"analysis.perturbation_time=2"}, 78,
        "analysis.perturbation_time: cannot be set for an analysis; expected what it reads (");
  check("compare", {"analysis.epoch=2"}, 78,
        "analysis.against, run.device, run.threads), got analysis.epoch");
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
  const auto compared = numbers(file, "/perturbation/compared/p_mean"),
             compared_trials = numbers(file, "/perturbation/compared/n_trials"),
             all_trials = numbers(file, "/perturbation/propagated/n_trials");
  const int K = 3, D = 21, later = 2;  // pushed at step 3 of 0..5
  REQUIRE(compared.size() == 2u * K * D * 3);
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
    // At the one step that n = 1 compares with what was pushed, and the one of n = 2.
    CHECK(compared_trials[task] > 0);
    CHECK(compared_trials[task] <= all_trials[task * later] + all_trials[task * later + 1]);
    CHECK(compared[((task * K + 1) * D + 10) * 3 + 2] > 1 / 3.0);
    for (int push = 0; push < K; ++push) {
      CHECK(length[(task * K + push) * D + 10] == 0);
      // Four SD along a normal were 5 to 21 % of a state's norm in trained networks, pushes along means more.
      CHECK(length[(task * K + push) * D] > 0.05 * norm[task]);
      CHECK(length[(task * K + push) * D] == Approx(length[(task * K + push) * D + 20]));
    }
  }
}

// 0.36 to 0.41 at once for identity, and 0.85 and more where the pushed value is compared, for seeds 1 and 2.
TEST_CASE("analyses: a trained network answers otherwise when a value is pushed to the others' mean",
          "[analysis]") {
  const Run run({}, kAsShipped);
  REQUIRE(run.analyze("perturbation").code == 0);
  const Hdf5Reader file = run.found("perturbation");
  const auto at_once = numbers(file, "/perturbation/p_mean"),
             compared = numbers(file, "/perturbation/compared/p_mean");
  const int K = 3, D = 21, own_mean = 2, farthest = 0, unmoved = 10;
  const auto change = [&](const std::vector<double>& p, int task) {
    const auto match = [&](int distance) { return p[((task * K + own_mean) * D + distance) * 3 + 2]; };
    return match(unmoved) - match(farthest);
  };
  CHECK(change(at_once, 0) > 0.2);
  for (int task = 0; task < 2; ++task) CHECK(change(compared, task) > 0.5);
}

TEST_CASE("analyses: hits and false alarms by lure, load and step are parts of the same trials",
          "[analysis]") {
  const Run run;
  REQUIRE(run.analyze("behaviour", {"analysis.behaviour_sequences=60"}).code == 0);
  const Hdf5Reader file = run.found("behaviour");
  const auto of = [&](const std::string& name) { return numbers(file, "/behaviour/" + name); };
  const int cells = 3 * 2 * 4, L = 6, loads = 5;  // sets, tasks, n = 1, 2, and 4, 5 never trained
  const int n[] = {1, 2, 4, 5};
  CHECK(whole_numbers(file, "/behaviour/loads") == std::vector<std::int32_t>{1, 2, 3, 4, 5});
  for (const std::string kind : {"matches", "non_matches"}) {
    const auto all = of("detection/" + kind), by_step = of("detection/by_step/" + kind),
               by_load = of("detection/by_load/" + kind);
    REQUIRE(all.size() == cells);
    for (int c = 0; c < cells; ++c) {
      double steps = 0, at_loads = 0;
      for (int t = 0; t < L; ++t) steps += by_step[c * L + t];
      for (int load = 0; load < n[c % 4]; ++load) at_loads += by_load[c * loads + load];
      CHECK(steps == all[c]);
      CHECK(at_loads == all[c]);
      for (int load = n[c % 4]; load < loads; ++load) CHECK(std::isnan(by_load[c * loads + load]));
    }
  }
  const auto matches = of("detection/matches"), non_matches = of("detection/non_matches"),
             hits = of("detection/hits"), alarms = of("detection/false_alarms"),
             lures = of("detection/by_lure/non_matches"), d = of("detection/d_prime"),
             low = of("detection/d_prime_ci_low"), high = of("detection/d_prime_ci_high");
  for (int c = 0; c < cells; ++c) {
    CHECK(matches[c] + non_matches[c] == 60 * (L - n[c % 4]));
    CHECK(lures[3 * c] <= non_matches[c]);
    CHECK(low[c] <= high[c]);
    if (hits[c] > alarms[c] && matches[c] == non_matches[c]) CHECK(d[c] > 0);
    if (n[c % 4] == 1) CHECK(lures[3 * c + 1] == 0);  // no step between
  }
  CHECK(of("detection/by_lure/false_alarms").size() == of("false_alarms").size());
}

TEST_CASE("analyses: five levels are trained, each with a task input of its own", "[analysis]") {
  const Run run({"n_values=[1,5]", "task_features=[category]", "epochs=2"});
  const Hdf5Reader results(run.directory() + "/results.h5");
  CHECK(results.dataset("/sequences/novel_angle/task_vector").shape.back() == 8);
  CHECK(results.dataset("/train/val_novel_angle/acc_by_task_n").shape == Shape{2, 3, 5});
  REQUIRE(run.analyze("behaviour", {"analysis.behaviour_sequences=20"}).code == 0);
  CHECK(whole_numbers(run.found("behaviour"), "/behaviour/n") == std::vector<std::int32_t>{1, 5, 4});
  CHECK(run.analyze("perturbation").code == 0);
}

TEST_CASE("analyses: what can be read block by block of the image network", "[analysis]") {
  const Run run({"stimuli.source=grammar", "stimuli.identities=2", "stimuli.train_identity_ratio=0.5",
                 "backbone.arch=mobilenet_v2", "backbone.weights=random", "backbone.bn=imagenet", "epochs=1",
                 "milestones=[]"},
                {"num_train=32", "num_val=8"});
  REQUIRE(run.analyze("layers", {"--threads", "1"}).code == 0);
  const Hdf5Reader file = run.found("layers");
  const auto channels = whole_numbers(file, "/layers/channels");
  REQUIRE(channels.size() == 19);
  CHECK(channels.front() == 32);
  CHECK(channels.back() == 1280);
  const auto location = numbers(file, "/layers/location/accuracy"),
             identity = numbers(file, "/layers/identity/accuracy");
  REQUIRE(location.size() == 19 * 2 * 2);
  // An object lies within one quarter of its image: quarters of the first map tell which.
  CHECK(location[2] == 1);
  CHECK(location[3] == 1);
  for (std::size_t layer = 0; layer < 19; ++layer)
    for (std::size_t pooling = 0; pooling < 2; ++pooling) {
      CHECK(std::isfinite(identity[(layer * 2 + pooling) * 2]));
      CHECK(std::isnan(identity[(layer * 2 + pooling) * 2 + 1]));  // novel identities
    }

  const Run table;
  const Outcome none = table.analyze("layers");
  CHECK(none.code == 0);
  CHECK_THAT(none.err, Catch::Contains("come from no images"));
}

TEST_CASE("analyses: similarity of steps, tasks and two runs", "[analysis]") {
  const Run run, other({"seed=2"});
  for (const Run* one : {&run, &other})
    REQUIRE(one->analyze("similarity", {"analysis.similarity_sequences=50"}).code == 0);
  const Hdf5Reader file = run.found("similarity");
  CHECK(file.dataset("/similarity/hidden").shape == Shape{2, 6, 50, 32});
  for (const std::string kind : {"cka", "rsa"}) {
    const auto steps = numbers(file, "/similarity/steps/" + kind);
    REQUIRE(steps.size() == 2 * 6 * 6);
    for (int c = 0; c < 2; ++c)
      for (int t = 0; t < 6; ++t)
        for (int u = 0; u < 6; ++u) {
          const double value = steps[(c * 6 + t) * 6 + u];
          CHECK(value == Approx(steps[(c * 6 + u) * 6 + t]));
          if (t == u)
            CHECK(value == Approx(1));
          else
            CHECK(value < 0.999);
        }
  }
  // Item 0 at its own step says most of all items; later items are not there yet.
  const auto models = numbers(file, "/similarity/models/rsa");
  REQUIRE(models.size() == 2 * 6 * 3 * 6);
  CHECK(models[2 * 6] > 0.1);  // category
  CHECK(std::isnan(models[2 * 6 + 1]));

  const auto between = [&](const Run& one, const Run& another) {
    REQUIRE(one.analyze("compare", {"analysis.against=" + another.directory()}).code == 0);
    return numbers(one.found("compare"), "/compare/similarity/cka");
  };
  for (const double same : between(run, run)) CHECK(same == Approx(1));
  const auto there = between(run, other), back = between(other, run);
  for (std::size_t i = 0; i < there.size(); ++i) {
    CHECK(there[i] == Approx(back[i]));
    CHECK(there[i] > 0.05);  // both see the same stimuli
    CHECK(there[i] < 0.999);
  }
  REQUIRE(other.analyze("similarity", {"analysis.similarity_sequences=49"}).code == 0);
  const Outcome refused = run.analyze("compare", {"analysis.against=" + other.directory()});
  CHECK(refused.code == 65);
  CHECK_THAT(refused.err, Catch::Contains("expected the tasks and sequences of this run's similarity.h5"));
}
