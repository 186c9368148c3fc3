#include "families/plastic/analysis/detection.hpp"
#include "families/plastic/analysis/generalisation.hpp"
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

using test::Analyzed;

// Deviation of a fraction p counted over n scenes.
double standard_error(double p, double n) { return std::sqrt(p * (1 - p) / n); }

Config small() {
  Config c;
  c.hidden_dims = {6, 5};
  c.eval.curve_R_min = 5;
  c.eval.confirm_scenes = 500;
  return c;
}

// A network that says the same to everything.
Config constant(const test::TemporaryDirectory& folder, float bias) {
  Config c = small();
  const Layout layout(c.spec());
  auto parameters = test::published_parameters(c);
  std::fill_n(parameters.begin() + static_cast<std::ptrdiff_t>(layout.w_final.offset), layout.w_final.size(),
              0.0f);
  parameters[layout.b_final.offset] = bias;
  test::write_parameters(folder / "constant.safetensors", c, parameters);
  c.init_file = (folder / "constant.safetensors").string();
  return c;
}

}  // namespace

// plastic.md 2.2.
TEST_CASE("plastic detection: chance of published lengths", "[plastic]") {
  const TaskSpec task;
  const std::tuple<int, int, double> published[] = {{1, 100, 33.11}, {2, 100, 32.89},  {5, 100, 32.22},
                                                    {6, 120, 38.67}, {10, 200, 64.44}, {14, 280, 90.22}};
  for (const auto& [R, T, familiar] : published)
    CHECK(T * (1 - chance(task, R, T)) == Approx(familiar).margin(0.005));
  CHECK(chance({25, 4, 0.1, 0}, 3, 100) == 1);
  CHECK(chance({25, 4, 0.1, 1}, 2, 8) == 0.5);  // n n f f n n f f
}

// Of SciPy: norm.ppf((count + 0.5) / (total + 1)), the difference of both.
TEST_CASE("plastic detection: d' of counts", "[plastic]") {
  Score score;
  score.scenes = 100, score.familiar = 33, score.false_positives = 3, score.false_negatives = 6;
  const Detection found = detection(score);
  CHECK(found.accuracy == Approx(0.91));
  CHECK(found.tpr == Approx(27.0 / 33));
  CHECK(found.fpr == Approx(3.0 / 67));
  CHECK(found.dprime == Approx(2.504328159821501).epsilon(1e-12));
  score.false_positives = score.false_negatives = 0;
  CHECK(detection(score).dprime == Approx(4.617465332935066).epsilon(1e-12));
}

TEST_CASE("plastic generalisation: a constant answer scores chance", "[plastic]") {
  const test::TemporaryDirectory folder;
  for (const float bias : {-3.0f, 3.0f}) {
    CAPTURE(bias);
    PlasticExperiment experiment(constant(folder, bias), test::context());
    const Analyzed found(generalisation(), experiment);
    const std::string group = "/runs/5/latest/";
    const auto R = found.values<std::int64_t>(group + "curve/R");
    CHECK(R == std::vector<std::int64_t>{1, 2, 3, 4});
    const auto scenes = found.values<std::int64_t>(group + "curve/scenes");
    CHECK(scenes == std::vector<std::int64_t>{1000, 1000, 1000, 1000});
    const auto accuracy = found.values<double>(group + "curve/accuracy"),
               chance = found.values<double>(group + "curve/chance");
    for (std::size_t k = 0; k < R.size(); ++k) {
      CAPTURE(R[k]);
      CHECK(chance[k] == Approx(2.0 / 3).margin(0.002));
      // Labels R apart exclude each other, so that their count varies less than independent ones.
      CHECK(accuracy[k] ==
            Approx(bias < 0 ? chance[k] : 1 - chance[k]).margin(4 * standard_error(1.0 / 3, 1000)));
      CHECK(found.values<double>(group + "curve/tpr")[k] == (bias < 0 ? 0 : 1));
      CHECK(found.values<double>(group + "curve/fpr")[k] == (bias < 0 ? 0 : 1));
    }
    // Hits are not more frequent than false alarms at the first interval already.
    CHECK(found.values<std::int64_t>(group + "hebbff/R") == std::vector<std::int64_t>{1});
    CHECK(found.values<std::int64_t>(group + "hebbff/scenes") == std::vector<std::int64_t>{5000});
    CHECK(found.values<std::int64_t>("/summary/max_R_confirmed") == std::vector<std::int64_t>{0});
    CHECK(found.file().number_attribute("/runs/5/latest", "R") == 1);
  }
}

// plastic.md 7.2: the intervals of HebbFF.
TEST_CASE("plastic generalisation: intervals and lengths of both protocols", "[plastic]") {
  const Eval eval;
  std::vector<int> R = {1};
  while (R.back() < 101) R.push_back(eval.hebbff_next(R.back()));
  CHECK(R == std::vector<int>{1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 34, 45, 59, 77, 101});
  CHECK(eval.hebbff_scenes(101) == 5000);
  CHECK(eval.hebbff_scenes(300) == 6000);
  CHECK(eval.curve_end(1) == 20);
  CHECK(eval.curve_end(7) == 35);
  CHECK(eval.curve_scenes(4) == 1000);
  CHECK(eval.curve_scenes(19) == 3800);
}

TEST_CASE("plastic generalisation: a mastered interval on fresh scenes", "[plastic]") {
  Config c;
  c.hidden_dims = {50, 50};
  c.max_R = 1;
  c.eval.curve_R_min = 12;
  PlasticExperiment experiment(c, test::context());
  while (!experiment.finished()) experiment.step();
  REQUIRE(experiment.learners()[0].max_R_mastered() == 1);
  const Arrays before = experiment.state();
  const Analyzed found(generalisation(), experiment);
  const Arrays after = experiment.state();
  for (std::size_t k = 0; k < before.size(); ++k) {
    CAPTURE(before[k].name);
    CHECK(before[k].bytes == after[k].bytes);  // the generators of the training too
  }

  const std::string group = "/runs/5/confirmation/";
  REQUIRE(found.values<std::int64_t>(group + "R") == std::vector<std::int64_t>{1});
  CHECK(found.values<std::int64_t>(group + "scenes")[0] == 10000);
  const double confirmed = found.values<double>(group + "accuracy")[0];
  // Five sequences with at most one error of a hundred were seen in training: with a true accuracy of 0.96
  // that happens once in 10^5 times. The original's stored model of this stage has 0.978 (plastic.md 11.3).
  CHECK(confirmed > 0.96);
  CHECK(found.values<std::int64_t>(group + "confirmed")[0] == (confirmed >= 0.99));
  CHECK(found.values<std::int64_t>("/summary/max_R_confirmed")[0] == (confirmed >= 0.99));

  for (const std::string model : {"R_1", "latest"}) {
    CAPTURE(model);
    const auto curve = found.values<double>("/runs/5/" + model + "/curve/accuracy"),
               grown = found.values<double>("/runs/5/" + model + "/hebbff/accuracy"),
               tpr = found.values<double>("/runs/5/" + model + "/hebbff/tpr"),
               fpr = found.values<double>("/runs/5/" + model + "/hebbff/fpr");
    // The same network on other scenes, longer sequences.
    CHECK(curve[0] == Approx(confirmed).margin(4 * standard_error(0.97, 1000)));
    CHECK(grown[0] == Approx(confirmed).margin(4 * standard_error(0.97, 5000)));
    for (std::size_t k = 0; k < tpr.size(); ++k) CHECK((tpr[k] > fpr[k]) == (k + 1 < tpr.size()));
    // Trained on the interval 1 alone, its memory is over long before 11 (chance from 4 on in plastic.md
    // 11.3).
    CHECK(curve.back() == Approx(2.0 / 3).margin(0.05));
  }

  const Analyzed again(generalisation(), experiment);
  PlasticExperiment alone(c, test::context(1));
  alone.restore(before);
  const Analyzed one_thread(generalisation(), alone);
  for (const Analyzed* other : {&again, &one_thread})
    CHECK(other->values<double>("/runs/5/R_1/curve/dprime") ==
          found.values<double>("/runs/5/R_1/curve/dprime"));
}

}  // namespace tsd::plastic
