// People's errors on the six problems, and how far a model is from them.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/dual_stream/people/medin1978.hpp"
#include "families/dual_stream/people/nosofsky1994.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using namespace tsd::dual_stream;
using namespace tsd::test;

namespace {

const std::vector<int> kAll = {1, 2, 3, 4, 5, 6};

Fit fit_of(const std::vector<std::vector<double>>& error) {
  return fit_to_people(kAll, error, kScoredBlocks);
}

std::vector<double> numbers(const Hdf5Reader& file, const std::string& path) {
  const Array array = file.dataset(path);
  return {array.as<double>().begin(), array.as<double>().end()};
}

}  // namespace

// Total errors per learner and 16-block means as counted from the trials of the 40 learners per problem.
TEST_CASE("people: the table agrees with the trials that it was counted from", "[dual_stream]") {
  const double per_learner[] = {3.825, 12.95, 24.3, 26.0, 30.0, 57.925};
  const double means[] = {.014941, .050586, .092383, .101562, .110742, .194824};
  int all = 0;
  for (int type = 1; type <= 6; ++type) {
    const auto& row = kPeopleErrors[static_cast<std::size_t>(type - 1)];
    const int sum = std::accumulate(row.begin(), row.end(), 0);
    CHECK(sum == std::lround(40 * per_learner[type - 1]));
    double mean = 0;
    for (int b = 0; b < kScoredBlocks; ++b) mean += people_error(type, b) / kScoredBlocks;
    CHECK(mean == Approx(means[type - 1]).margin(5e-7));
    all += sum;
  }
  CHECK(all == 6200);
}

// Scores of chance, and of ALCOVE's curves after Nosofsky et al. 1994 (dual_stream.md 13.2), worked out apart.
TEST_CASE("people: scores of known curves", "[dual_stream]") {
  const Fit chance = fit_of(std::vector<std::vector<double>>(6, std::vector<double>(16, 0.5)));
  CHECK(chance.sse == Approx(17.18354981).epsilon(1e-9));
  CHECK(chance.g2 == Approx(56138.1275).epsilon(1e-8));
  const Fit alcove = fit_of({{.2316, .0127, .0102, .0101, .0101, .0101, .0101, .0101, .0101, .0101, .0101,
                              .0101, .0101, .0101, .0101, .0101},
                             {.3923, .0819, .0308, .0159, .0120, .0111, .0108, .0108, .0108, .0108, .0108,
                              .0108, .0108, .0108, .0108, .0108},
                             {.4229, .2695, .2095, .1555, .1163, .0873, .0663, .0504, .0391, .0308, .0248,
                              .0206, .0176, .0155, .0141, .0131},
                             {.4096, .2590, .2040, .1611, .1287, .1029, .0826, .0661, .0531, .0432, .0355,
                              .0295, .0248, .0214, .0188, .0167},
                             {.4657, .3137, .2501, .1965, .1562, .1277, .1049, .0874, .0722, .0599, .0502,
                              .0422, .0358, .0307, .0266, .0233},
                             {.5686, .3791, .3256, .2807, .2407, .2052, .1745, .1481, .1257, .1069, .0911,
                              .0778, .0668, .0575, .0498, .0433}});
  CHECK(alcove.sse == Approx(.06196425).epsilon(1e-7));
  CHECK(alcove.g2 == Approx(807.546).epsilon(1e-6));
  CHECK(alcove.rmsd == Approx(std::sqrt(.06196425 / 96)).epsilon(1e-7));
}

TEST_CASE("people: a run beside them", "[dual_stream]") {
  const TemporaryDirectory folder;
  REQUIRE(
      run_process({TSD_BINARY, "train", "--config", TSD_SOURCE_DIR "/configs/dual_stream/shj.yaml", "--index",
                   "24", "--out", folder.path().string(), "--quiet", "problem_types=[6, 1, 2]"})
          .code == 0);
  const auto run = folder / "shj/24";
  REQUIRE(run_process({TSD_BINARY, "analyze", run.string(), "--only", "human"}).code == 0);
  const Hdf5Reader results(run / "results.h5"), human(run / "human.h5");
  double sse = 0;
  for (const int type : {1, 2, 6}) {
    const auto curve = numbers(results, "/type" + std::to_string(type) + "/lc_total");
    for (int b = 0; b < 16; ++b)
      sse += std::pow((curve[2 * b] + curve[2 * b + 1]) / 2 - people_error(type, b), 2);
  }
  CHECK(numbers(human, "/sse")[0] == Approx(sse).epsilon(1e-4));  // curves are summed in single precision
  const double rmsd = numbers(human, "/rmsd")[0];
  CHECK(rmsd == Approx(std::sqrt(sse / 48)).epsilon(1e-4));
  CHECK(numbers(human, "/rmsd_low")[0] < numbers(human, "/rmsd_high")[0]);
  CHECK(human.dataset("/order/holds").as<std::int32_t>()[0] == 1);
  const Array pairs = human.dataset("/order/pair");
  CHECK(std::vector(pairs.as<std::int32_t>().begin(), pairs.as<std::int32_t>().end()) ==
        std::vector<std::int32_t>{1, 2, 1, 6, 2, 6});
  CHECK(numbers(human, "/order/p_any")[0] == Approx(1.0 / 2001));
  const auto low = numbers(human, "/model/mean_low"), mean = numbers(human, "/model/mean");
  for (std::size_t p = 0; p < 3; ++p) CHECK(low[p] <= mean[p]);
}

TEST_CASE("people: runs that cannot be compared are told so", "[dual_stream]") {
  const TemporaryDirectory folder;
  REQUIRE(run_process({TSD_BINARY, "train", "--config", TSD_SOURCE_DIR "/configs/dual_stream/smoke.yaml",
                       "--out", folder.path().string(), "--quiet"})
              .code == 0);
  const auto told =
      run_process({TSD_BINARY, "analyze", (folder / "dual_stream_smoke").string(), "--only", "human"});
  CHECK(told.code == 0);
  CHECK_THAT(told.err, Catch::Contains("needs task: shj"));
}

TEST_CASE("people: the 5-4 structure is known by its items, each once", "[dual_stream]") {
  const Stimuli whole = read_stimuli(TSD_SOURCE_DIR "/configs/dual_stream/five_four.csv");
  const std::vector<int> transfer = {9, 10, 11, 12, 13, 14, 15};
  CHECK(five_four(whole, transfer).has_value());
  Stimuli twice = whole;
  std::copy_n(twice.x.begin(), 4, twice.x.begin() + 4);  // A1 in the place of A2
  CHECK_FALSE(five_four(twice, transfer).has_value());
  CHECK_FALSE(five_four(whole, {}).has_value());
}

// The published context model: sum of squared differences to the 16 answers of people, worked out apart.
TEST_CASE("people: the transfer test of the 5-4 structure", "[dual_stream]") {
  const TemporaryDirectory folder;
  REQUIRE(run_process({TSD_BINARY, "train", "--config", TSD_SOURCE_DIR "/configs/dual_stream/five_four.yaml",
                       "--index", "2", "--out", folder.path().string(), "--quiet", "n_runs=2"})
              .code == 0);
  const auto run = folder / "five_four/2";
  REQUIRE(run_process({TSD_BINARY, "analyze", run.string(), "--only", "human"}).code == 0);
  const Hdf5Reader human(run / "human.h5");
  CHECK(numbers(human, "/transfer/sse")[0] ==
        Approx(.07811782).epsilon(1e-6));  // answers in single precision
  CHECK(numbers(human, "/transfer/model")[1] == Approx(.93746129).epsilon(1e-6));
}
