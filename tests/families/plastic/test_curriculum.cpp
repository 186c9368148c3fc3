#include <array>

#include "families/plastic/finished.hpp"
#include "families/plastic/learner.hpp"
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/plastic.hpp"

namespace tsd::plastic {
namespace {

// Answers as told, and learns nothing.
class Scripted final : public Backend {
 public:
  explicit Scripted(std::vector<int> errors) : errors_(std::move(errors)) {}
  std::vector<float> run(std::span<const float>, const Sequence&, Trace*) override { return {}; }
  std::vector<std::vector<float>> gradient(std::span<const float>, std::span<const Sequence> sequences,
                                           std::span<float> gradient) override {
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    std::vector<float> y;
    for (const auto label : sequences[0].labels) y.push_back(label == 1 ? 0.9f : 0.1f);
    const int wrong = errors_[std::min(calls_++, errors_.size() - 1)];
    for (std::size_t s = 0; s < static_cast<std::size_t>(wrong); ++s) y[s] = 1 - y[s];
    return {y};
  }

 private:
  std::vector<int> errors_;
  std::size_t calls_ = 0;
};

Config small() {
  Config c;
  c.hidden_dims = {3}, c.plastic_types = {"A"}, c.hetero_rates = {0};
  return c;
}

}  // namespace

// plastic.md 4.3: at T = 100 one error is forgiven, and five successes must follow each other.
TEST_CASE("plastic curriculum: an interval is mastered by five successes in a row", "[plastic]") {
  const Config c = small();
  Learner learner(c, 1, std::make_unique<Scripted>(std::vector{1, 1, 1, 1, 2, 1, 0, 1, 0, 1, 100}));
  for (int i = 0; i < 9; ++i) CHECK_FALSE(learner.step());
  CHECK(learner.step());
  REQUIRE(learner.stages().size() == 1);
  CHECK(learner.stages()[0].mastered);
  CHECK(learner.stages()[0].iterations == 10);
  CHECK(learner.max_R_mastered() == 1);
  CHECK(learner.max_R_attempted() == 2);
}

// plastic.md 4.3: accuracies 0.99, 0.9944 are asked at T = 100, 180; two errors pass at T = 200, three at T =
// 300.
TEST_CASE("plastic curriculum: errors forgiven grow with the sequence", "[plastic]") {
  const std::pair<int, int> forgiven[] = {{1, 1}, {5, 1}, {6, 1}, {9, 1}, {10, 2}, {14, 2}, {15, 3}};
  for (const auto& [R, errors] : forgiven)
    for (const int more : {0, 1}) {
      CAPTURE(R, more);
      Config c = small();
      c.R_start = R;
      Learner learner(c, 1, std::make_unique<Scripted>(std::vector{errors + more}));
      bool ended = false;
      for (int i = 0; i < 5; ++i) ended = learner.step();
      CHECK(ended == (more == 0));
    }
}

TEST_CASE("plastic curriculum: a capped interval goes on or ends, and does not count as mastered",
          "[plastic]") {
  Config c = small();
  c.max_iterations_per_R = 3;
  Learner goes_on(c, 1, std::make_unique<Scripted>(std::vector{50}));
  for (int i = 0; i < 6; ++i) goes_on.step();
  CHECK(goes_on.max_R_attempted() == 3);
  CHECK(goes_on.max_R_mastered() == 0);
  CHECK(goes_on.stages()[1].capped);
  c.on_cap = OnCap::stop;
  Learner stops(c, 1, std::make_unique<Scripted>(std::vector{50}));
  for (int i = 0; i < 3; ++i) stops.step();
  CHECK(stops.end() == End::cap);
}

// plastic.md 11.5: after the first Adam step every parameter with a gradient has moved by lr.
TEST_CASE("plastic curriculum: the first step moves each parameter by its rate", "[plastic]") {
  Config c;
  c.network_type = NetworkType::Dyn_RO;
  c.hidden_dims = {8, 6};
  Learner learner(c, 3, native_backend(c.spec(), c.bce));
  const auto before = learner.parameters();
  learner.step();
  const auto after = learner.parameters();
  std::size_t moved = 0;
  for (std::size_t k = 0; k < before.size(); ++k)
    moved += std::abs(std::abs(after[k] - before[k]) - 1e-3f) < 2e-6f;
  CHECK(after[learner.layout().lambda[1].offset] == 1);     // a memory of one frame has no decay
  CHECK(moved >= before.size() - 1 - before.size() / 100);  // but for gradients not far above Adam's epsilon
}

// With R scenes in a sequence no scene comes again: of 100, R = 97 leaves three that may, one in two.
TEST_CASE("plastic curriculum: ends before an interval that one answer masters", "[plastic]") {
  Config c = small();
  c.T_per_R = 1, c.R_increment = 96;  // R: 1, 97, 193; T: 100, 100, 193
  CHECK(c.chance_at(97) == Approx(1 - 0.5 * 3 / 100));
  CHECK(c.chance_at(193) == 1);
  Learner learner(c, 1, std::make_unique<Scripted>(std::vector{0}));
  for (int i = 0; i < 10; ++i) learner.step();
  CHECK(learner.end() == End::chance);
  CHECK(learner.max_R_attempted() == 97);
  CHECK(learner.max_R_mastered() == 97);
}

// A scene is familiar if it was shown R before, which tells the interval of a sequence.
TEST_CASE("plastic curriculum: mixed intervals are equally frequent up to the one under way", "[plastic]") {
  class Watching final : public Backend {
   public:
    explicit Watching(std::array<int, 9>& seen) : seen_(seen) {}
    std::vector<float> run(std::span<const float>, const Sequence&, Trace*) override { return {}; }
    std::vector<std::vector<float>> gradient(std::span<const float>, std::span<const Sequence> sequences,
                                             std::span<float> gradient) override {
      std::fill(gradient.begin(), gradient.end(), 0.0f);
      const auto& labels = sequences[0].labels;
      const auto first = std::ranges::find(labels, 1) - labels.begin();
      for (int R = 1; R <= 8; ++R)
        seen_[static_cast<std::size_t>(R)] += shown_before(sequences[0], int(first), R);
      return {std::vector<float>(labels.size(), 0.1f)};
    }

   private:
    static bool shown_before(const Sequence& s, int scene, int R) {
      const auto frame = [&](int k) {
        return std::span(s.frames).subspan(std::size_t(k) * std::size_t(s.d), std::size_t(s.d));
      };
      if (scene < R) return false;
      for (int f = 0; f < s.F; ++f)
        if (std::ranges::equal(frame(scene * s.F), frame((scene - R) * s.F + f))) return true;
      return false;
    }
    std::array<int, 9>& seen_;
  };
  Config c = small();
  c.R_start = 2, c.R_increment = 3, c.max_iterations_per_R = 1, c.mixed_R = true;
  std::array<int, 9> seen{};
  Learner learner(c, 3, std::make_unique<Watching>(seen));
  learner.step(), learner.step();  // R = 8 now
  seen = {};
  c.max_iterations_per_R = 10'000;
  for (int i = 0; i < 600; ++i) learner.step();
  CHECK(seen[1] + seen[3] + seen[4] + seen[6] + seen[7] == 0);
  for (const int R : {2, 5, 8}) CHECK(seen[std::size_t(R)] == Approx(200).margin(50));  // s.d. 11.5
}

TEST_CASE("plastic config: tasks without a familiar scene are refused", "[plastic]") {
  const auto error = [](const std::vector<std::string>& overrides) -> std::string {
    const std::array families = {family()};
    try {
      ConfigFile(TSD_SOURCE_DIR "/configs/plastic.yaml", families).resolve(std::nullopt, overrides);
    } catch (const ConfigError& problem) {
      return problem.what();
    }
    return "";
  };
  CHECK_THAT(error({"repeat_probability=0"}),
             Catch::Contains("repeat_probability: no scene is ever familiar") &&
                 Catch::Contains("expected above 0, got 0"));
  CHECK_THAT(error({"R_start=100", "T_per_R=1"}), Catch::Contains("R_start: no scene is ever familiar"));
  CHECK_THAT(error({"dtype=float64", "backend=native"}),
             Catch::Contains("backend: has no dtype float64; expected auto or torch, got native"));
  CHECK(error({}).empty());
}

// A run that ended at the cap of its interval goes on, under a higher one, as if that had been there at once.
TEST_CASE("plastic curriculum: a fork raises the cap that ended a run", "[plastic]") {
  Config c;
  c.hidden_dims = {6, 5};
  c.T_min = 12, c.acc_num = 1000, c.log_every = 1, c.on_cap = OnCap::stop;
  c.max_total_iterations = 100;
  const auto ended = [&](std::int64_t cap) {
    c.max_iterations_per_R = cap;
    PlasticExperiment run(c, test::context());
    while (!run.finished()) run.step();
    return run.state();
  };
  const Arrays parent = ended(7), whole = ended(12);
  PlasticExperiment fork(c, test::context());
  fork.restore(parent);
  fork.take_over({"max_iterations_per_R"});
  CHECK_FALSE(fork.finished());
  while (!fork.finished()) fork.step();
  CHECK(fork.learners()[0].iterations() == 12);
  const Arrays state = fork.state();
  REQUIRE(state.size() == whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    INFO(whole[i].name);
    CHECK(state[i].bytes == whole[i].bytes);
  }
}

TEST_CASE("plastic config: what is said in vain is told with the reason", "[plastic]") {
  Config c;
  CHECK(without_effect(c).empty());
  c.network_type = NetworkType::RNN, c.plastic_types = {"M", "M"}, c.lambda_init = 0.5, c.strict = true;
  std::vector<std::string> keys;
  for (const UnusedKey& key : without_effect(c)) keys.push_back(key.key);
  CHECK(keys == std::vector<std::string>{"plastic_types", "strict", "lambda_init"});
  CHECK(without_effect(c)[1].by == "network_type: Nonl_RO or Stack");
}

}  // namespace tsd::plastic
