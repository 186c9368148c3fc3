// The proxy task (nback.md 2.7, 4.5): targets by hand, the loss in closed form, its gradient by differences.
#include "families/nback/data/proxy.hpp"

#include <cmath>

#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "families/nback/model/backend.hpp"
#include "families/nback/model/metrics.hpp"
#include "families/nback/native/loss.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/rng/philox.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

// Two sequences of three steps: location 1-back, then identity 2-back.
Batch two_sequences() {
  Batch batch;
  batch.B = 2;
  batch.L = 3;
  batch.target = {kNoTarget, 3, 0, kNoTarget, kNoTarget, 2};
  batch.feature = {0, 1};
  batch.n = {1, 2};
  return batch;
}

LossSpec heads_4_5_2() {
  LossSpec spec;
  spec.heads = {4, 5, 2};
  return spec;
}

}  // namespace

TEST_CASE("proxy: targets are values n steps back, of trained objects only", "[proxy]") {
  const std::vector<int> counts = {2, 2};
  const StimulusSet set = factorial_set({"car", "chair"}, counts);
  SplitRule rule;
  rule.train_identity_ratio = 0.5;
  const ProxyTargets targets(set, make_splits(set, rule));
  CHECK(targets.heads() == std::vector<int>{4, 2, 2});  // car_000 and chair_000 are trained
  // Stimulus ((category 2 + object) 4 + location) 4 + angle.
  const std::vector<std::int32_t> shown = {0 * 16 + 3 * 4, 1 * 16, 2 * 16 + 1 * 4, 0};
  std::vector<std::uint8_t> target(4);
  targets.label(Property::location, 1, shown, target);
  CHECK(target == std::vector<std::uint8_t>{kNoTarget, 3, 0, 1});
  targets.label(Property::identity, 1, shown, target);
  CHECK(target == std::vector<std::uint8_t>{kNoTarget, 0, kNoTarget, 1});  // car_001 is not trained
  targets.label(Property::category, 3, shown, target);
  CHECK(target == std::vector<std::uint8_t>{kNoTarget, kNoTarget, kNoTarget, 0});
}

TEST_CASE("proxy: equal logits cost the mean over properties of log width", "[proxy]") {
  math::Buffer buffer;
  const Outcome outcome = cross_entropy(buffer.zeros(6, 11), two_sequences(), heads_4_5_2(), nullptr);
  CHECK(outcome.loss == Approx((std::log(4) + std::log(5)) / 2).epsilon(1e-12));
  Tally tally(3, kLevels, false, true);
  tally.add(two_sequences(), outcome);  // every answer is 0: right once in three
  CHECK(tally.accuracy() == Approx(1.0 / 3));
  CHECK(tally.masked_accuracy() == Approx(1.0 / 3));
}

TEST_CASE("proxy: the gradient is that of differences, and none where nothing is asked", "[proxy]") {
  math::Buffer values, slopes;
  const math::Matrix logits = values.zeros(6, 11), gradient = slopes.zeros(6, 11);
  Philox rng(3, "test");
  rng.uniform(std::span(logits.data, logits.size()), -1, 1);
  cross_entropy(logits, two_sequences(), heads_4_5_2(), &gradient);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float before = logits.data[i];
    const float step = 1.0f / 128;
    logits.data[i] = before + step;
    const double above = cross_entropy(logits, two_sequences(), heads_4_5_2(), nullptr).loss;
    logits.data[i] = before - step;
    const double below = cross_entropy(logits, two_sequences(), heads_4_5_2(), nullptr).loss;
    logits.data[i] = before;
    // Differences of a third derivative below 0.1: step^2 / 6 of it; and float steps of 2^-24.
    CHECK(gradient.data[i] == Approx((above - below) / (2 * step)).margin(2e-5));
  }
  for (int column : {0, 4, 9}) CHECK(gradient.row(0)[column] == 0);  // step 0 of both has no target
}

TEST_CASE("proxy: native and plain networks learn alike", "[proxy]") {
  ModelSpec spec;
  spec.F = 8;
  spec.H = 6;
  spec.heads = {4, 5, 2};
  std::vector<float> features(6 * 8);
  Philox(5, "test").uniform(features, 0, 1);
  Batch batch = two_sequences();
  batch.stimulus = {0, 1, 2, 3, 4, 5};
  const auto native = make_native_backend(spec, features, 1, 7),
             plain = make_torch_backend(spec, features, "cpu", 7);
  UpdateSpec update;
  update.lr = 1e-2;
  double first = 0, last = 0;
  for (int step = 0; step < 20; ++step) {
    const Outcome a = native->train(batch, heads_4_5_2(), update),
                  b = plain->train(batch, heads_4_5_2(), update);
    CHECK(a.loss == Approx(b.loss).epsilon(1e-4));  // float32, through 20 AdamW steps
    CHECK(a.predicted == b.predicted);
    (step == 0 ? first : last) = a.loss;
  }
  CHECK(last < first / 2);
}

TEST_CASE("proxy: a run begins with another's weights, and says so if it can't", "[proxy]") {
  const test::TemporaryDirectory temporary;
  const auto train = [&](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        TSD_BINARY,      "train",         "--config", TSD_SOURCE_DIR "/configs/nback/smoke.yaml",
        "--out",         temporary / out, "--quiet",  "epochs=1",
        "milestones=[]", "num_train=320"};
    words.insert(words.end(), more.begin(), more.end());
    return test::run_process(words);
  };
  const std::string from = "init_from=" + std::string(temporary / "proxy/nback_smoke");
  REQUIRE(train("proxy", {"mode=proxy"}).code == 0);
  CHECK(train("tuned", {from}).code == 0);
  const auto other = train("other", {from, "hidden_size=8"});
  CHECK(other.code == 65);
  CHECK_THAT(other.err, Catch::Contains("init_from: expected a model like this one"));
  CHECK(train("none", {"init_from=" + std::string(temporary / "nowhere")}).code ==
        78);  // a key of the config
}
