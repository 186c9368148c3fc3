// The Yin-Yang task: its points beside those of an independent program, its areas in closed form, and what students score
// in its tests.
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "families/microcircuit/data/score.hpp"
#include "families/microcircuit/data/yin_yang.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

constexpr int kPAL = 2;  // of the sweep over rules

nlohmann::json drawn_by_numpy() {
  std::ifstream file(TSD_SOURCE_DIR "/tests/families/microcircuit/yin_yang.json");
  return nlohmann::json::parse(file);
}

Config brief(const std::vector<std::string>& more = {}) {
  std::vector<std::string> overrides = {"random_seed=[1, 2, 3]", "dataset_size=100", "epochs=5",
                                        "test_size=50", "test_every=2"};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return published("yin_yang", overrides, kPAL);
}

}  // namespace

TEST_CASE("yin_yang: points and classes are those of the published rule, class by class", "[microcircuit]") {
  const nlohmann::json cases = drawn_by_numpy();
  for (const auto& [name, numpy] : cases.items()) {
    const YinYang ours = yin_yang(numpy["seed"], numpy["size"]);
    std::string classes;
    std::array<std::array<double, 2>, 3> sums{};
    for (std::size_t i = 0; i < ours.part.size(); ++i) {
      classes += std::to_string(ours.part[i]);
      for (std::size_t axis = 0; axis < 2; ++axis)
        sums[static_cast<std::size_t>(ours.part[i])][axis] += ours.input[4 * i + axis];
      CHECK(ours.input[4 * i + 2] == 1 - ours.input[4 * i]);
      CHECK(ours.input[4 * i + 3] == 1 - ours.input[4 * i + 1]);
    }
    CHECK(classes == numpy["classes"].get<std::string>());
    for (std::size_t i = 0; i < numpy["first"].size(); ++i)
      for (std::size_t axis = 0; axis < 2; ++axis)
        CHECK(ours.input[4 * i + axis] == numpy["first"][i][axis].get<double>());
    for (std::size_t part = 0; part < 3; ++part)
      for (std::size_t axis = 0; axis < 2; ++axis)
        CHECK(sums[part][axis] == Approx(numpy["sums"][part][axis].get<double>()).epsilon(1e-12));
  }
}

TEST_CASE("yin_yang: parts of the symbol have its areas, and half a turn swaps yin and yang",
          "[microcircuit]") {
  constexpr int kSide = 1000;  // cells of a grid over the square: each stands for its centre
  std::array<double, 3> area{};
  for (int i = 0; i < kSide; ++i)
    for (int j = 0; j < kSide; ++j) {
      const double x = (i + 0.5) / kSide, y = (j + 0.5) / kSide;
      if (std::hypot(x - 0.5, y - 0.5) > 0.5) continue;
      const Part part = part_of(x, y), turned = part_of(1 - x, 1 - y);
      area[static_cast<std::size_t>(part)] += 1.0 / kSide / kSide;
      const bool swapped = part == Part::dot ? turned == Part::dot : turned != Part::dot && turned != part;
      if (!swapped) FAIL("at " << x << ", " << y);
    }
  const double dots = 2 * std::numbers::pi * 0.01, half = (std::numbers::pi / 4 - dots) / 2;
  // A grid counts a disk's cells right but for some of those that its edge crosses.
  CHECK(area[2] == Approx(dots).epsilon(2e-3));
  CHECK(area[1] == Approx(half).epsilon(1e-3));
  CHECK(area[0] == Approx(half).epsilon(1e-3));
  CHECK(part_of(0.25, 0.55) == Part::dot);
  CHECK(part_of(0.5, 0.9) == Part::yin);
  CHECK(part_of(0.5, 0.1) == Part::yang);
  CHECK(part_of(0.25, 0.35) == Part::yin);   // the left lobe, below the middle
  CHECK(part_of(0.75, 0.65) == Part::yang);  // the right lobe, above it
}

TEST_CASE("score: the share of right classes, and the mean squared error", "[microcircuit]") {
  const Samples samples{.input = {}, .target = {0, 1, 1, 0, 0, 1, 1, 0}, .label = {1, 0, 1, 0}};
  const Score score = score_of(samples, 2, std::vector{0.2, 0.8, 0.5, 0.6, 0.0, 1.0, 2.0, -1.0});
  CHECK(score.accuracy == 0.75);
  CHECK(score.error == Approx((0.08 + 0.61 + 0 + 2) / 4));
  const Score of_potentials = score_of({.input = {}, .target = {1}, .label = {}}, 1, std::vector{3.0});
  CHECK(of_potentials.error == 4);
  CHECK(std::isnan(of_potentials.accuracy));
}

TEST_CASE("yin_yang: a test asks the network that was learned, and changes nothing in it", "[microcircuit]") {
  const Finished run(brief()), untested(brief({"test_every=5"})), other(brief({"data_seeds=[42, 7]"}));
  const Student& student = run.experiment.students()[2];
  CHECK(student.scores.size() == 3);  // after epochs 2, 4 and 5
  CHECK(untested.experiment.students()[2].scores.size() == 1);
  CHECK(student.state.values == untested.experiment.students()[2].state.values);
  CHECK(student.state.values == other.experiment.students()[2].state.values);
  CHECK(student.answers == untested.experiment.students()[2].answers);
  CHECK(student.answers != other.experiment.students()[2].answers);

  // The same by hand: without target, noise and learning a presentation ends in the network's answer.
  const Config config = run.experiment.config();
  const Circuit circuit(config);
  const Layout layout(circuit);
  NumpyLegacy silent;
  const auto group = native_group(layout, {{&circuit, &silent}});
  group->load(0, without_noise(layout, student.state));
  const auto tests = yin_yang(40, 50);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    group->set_input(0, std::span(tests.input).subspan(4 * i, 4));
    group->advance(config.presentation_steps(), {}, false);
    const State state = group->save(0);
    const auto answer = state[state.now(layout).ub.back()];
    for (std::size_t k = 0; k < 3; ++k) CHECK(answer[k] == student.answers[3 * i + k]);
    right += std::ranges::max_element(answer) - answer.begin() == tests.part[i];
  }
  CHECK(student.scores.back().accuracy == Approx(static_cast<double>(right) / 50));
}

TEST_CASE("yin_yang: a run that is taken up again goes on with its tests", "[microcircuit]") {
  const Finished whole(brief());
  MicrocircuitExperiment first(brief(), Finished::context()), second(brief(), Finished::context());
  for (std::int64_t step = 0; step < whole.experiment.total_steps() - 2; ++step) first.step();
  second.restore(first.state());
  for (int step = 0; step < 2; ++step) second.step();
  for (const Array& array : second.state()) {
    const Array& expected = find(whole.state, array.name);
    CHECK(array.bytes == expected.bytes);
  }
}

TEST_CASE("yin_yang: a run that goes on to more epochs keeps the tests of the epochs that it had",
          "[microcircuit]") {
  const Finished shorter(brief());  // tested after 2, 4 and 5
  MicrocircuitExperiment longer(brief({"epochs=7"}), Finished::context());
  longer.restore(shorter.state);
  while (longer.students()[0].tested.back() < 7) longer.step();
  const tsd::test::TemporaryDirectory folder;
  Hdf5Writer file(folder / "r.h5");
  longer.write_results(file);
  file.close();
  const Hdf5Reader read(folder / "r.h5");
  const auto epochs = read.dataset("/test/epoch");
  const auto values = epochs.as<std::int64_t>();
  CHECK(std::vector(values.begin(), values.end()) == std::vector<std::int64_t>{2, 4, 5, 6, 7});
  const auto accuracy = read.dataset("/students/1/test/accuracy");
  const auto& before = shorter.experiment.students()[0].scores;
  for (std::size_t k = 0; k < before.size(); ++k) CHECK(accuracy.as<double>()[k] == before[k].accuracy);
}

TEST_CASE("yin_yang: what does not fit is told by its key", "[microcircuit]") {
  const auto error = [](const std::vector<std::string>& overrides) -> std::string {
    try {
      published("yin_yang", overrides, kPAL);
    } catch (const ConfigError& problem) {
      return problem.what();
    }
    return "";
  };
  CHECK_THAT(error({"layers=[5, 30, 3]"}),
             Catch::Contains("layers: do not fit yin_yang; expected 4 inputs and 3 outputs, got 5 and 3"));
  CHECK_THAT(error({"data_seeds=[1]"}),
             Catch::Contains("data_seeds: wrong length; expected two seeds, or none, got 1"));
  CHECK_THAT(error({"copy_teacher_weights=true"}),
             Catch::Contains("copy_teacher_weights: yin_yang has no teacher; expected false, got true"));
  CHECK_THAT(error({"test_file=" TSD_SOURCE_DIR "/README.md"}),
             Catch::Contains(
                 "test_file: tests what is learned from input_file; expected task fw_bw with an input_file"));
}
