// Analyses of a finished run, asked for as a user asks.
#include <cmath>
#include <cstring>

#include "families/dual_stream/data/npy.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using namespace tsd::test;

namespace {

std::string npy(const std::vector<double>& values) {
  std::string header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(values.size()) + ",), }";
  header.resize(117, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return bytes;
}

std::vector<double> numbers(const std::filesystem::path& file, const std::string& path) {
  const Array array = Hdf5Reader(file).dataset(path);
  const auto values = array.as<double>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("dual stream analyses: differences to published curves, areas and maps", "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto words = [&](std::vector<std::string> more) {
    more.insert(more.begin(), TSD_BINARY);
    return run_process(std::move(more)).code;
  };
  REQUIRE(words({"train-dual-stream", "--config", TSD_SOURCE_DIR "/configs/dual_stream/smoke.yaml", "--out",
                 folder.path().string(), "--quiet"}) == 0);
  const std::string run = (folder / "dual_stream_smoke").string();
  auto curve = numbers(folder / "dual_stream_smoke/results.h5", "/new_stimuli/lc_total");
  curve[1] += 1e-3;
  curve.back() -= 4e-3;
  std::filesystem::create_directory(folder / "published");
  spit(folder / "published/lc_total.npy", npy(curve));
  CHECK(dual_stream::read_npy_curve(folder / "published/lc_total.npy") == curve);
  REQUIRE(words({"analyze", run, "ref=" + (folder / "published").string()}) == 0);

  const auto file = folder / "dual_stream_smoke/reference.h5";
  CHECK(numbers(file, "/new_stimuli/difference_first")[2] == Approx(1e-3).margin(1e-12));
  CHECK(numbers(file, "/new_stimuli/difference")[2] == Approx(4e-3).margin(1e-12));
  CHECK(std::isnan(numbers(file, "/new_stimuli/difference")[0]));  // no such file
  CHECK(Hdf5Reader(file).dataset("/new_stimuli/apart").as<std::int32_t>()[2] == 1);

  curve = numbers(folder / "dual_stream_smoke/results.h5", "/new_stimuli/lc_total");
  double area = 0;
  for (std::size_t e = 1; e < curve.size(); ++e) area += (curve[e - 1] + curve[e]) / 2;
  CHECK(numbers(folder / "dual_stream_smoke/learning.h5", "/new_stimuli/auc_total")[0] == Approx(area));
  const auto map = numbers(folder / "dual_stream_smoke/maps.h5", "/new_stimuli/map_total");
  REQUIRE(map.size() == 101 * 101);
  CHECK(map[30 * 101 + 75] > map[70 * 101 + 45]);  // class 0 is up on the left

  spit(folder / "published/lc_total.npy", npy({1, 2}));
  CHECK(words({"analyze", run, "--only", "reference", "ref=" + (folder / "published").string()}) ==
        static_cast<int>(Exit::data));
  spit(folder / "published/lc_total.npy", "no array");
  CHECK_THROWS_AS(dual_stream::read_npy_curve(folder / "published/lc_total.npy"), DataError);
}

TEST_CASE("dual stream: the final test shows held-out items, and one stream where the other is lesioned",
          "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto test_of = [&](const std::string& lesion) {
    const std::string out = (folder / lesion).string();
    REQUIRE(run_process({TSD_BINARY, "train-dual-stream", "--config",
                         TSD_SOURCE_DIR "/configs/dual_stream/smoke.yaml", "--out", out, "--quiet",
                         "consolidation.lesion=" + lesion})
                .code == 0);
    std::vector<std::vector<float>> all;
    const Hdf5Reader results(folder / (lesion + "/dual_stream_smoke/results.h5"));
    for (const char* stream : {"fast", "slow", "total"}) {
      const Array array = results.dataset(std::string("/new_stimuli/test/lc_") + stream);
      all.emplace_back(array.as<float>().begin(), array.as<float>().end());
    }
    CHECK(results.dataset("/new_stimuli/order").shape == Shape{3, 7, 98});
    const Array order = results.dataset("/new_stimuli/order");
    for (const std::int32_t item : order.as<std::int32_t>()) REQUIRE((item != 3 && item != 60));
    return all;
  };
  const auto whole = test_of("none"), without_fast = test_of("fast"), without_slow = test_of("slow");
  REQUIRE(whole[0].size() == 3 * 100);
  CHECK((whole[2] != whole[0] && whole[2] != whole[1]));
  CHECK(without_fast[2] == whole[1]);
  CHECK(without_slow[2] == whole[0]);
}

TEST_CASE("dual stream analyses: maps are as wide as the items", "[dual_stream]") {
  const TemporaryDirectory folder;
  spit(folder / "own.csv", "a,b,class\n-2,0.5,0\n-1,1,0\n2,3,1\n1,2,1\n");
  spit(
      folder / "own.yaml",
      "family: dual_stream\nstimuli_file: own.csv\nfast: clustering\nepochs: 30\nn_runs: 2\nmap_points: 11\n");
  REQUIRE(run_process({TSD_BINARY, "train", "--config", (folder / "own.yaml").string(), "--out",
                       folder.path().string(), "--quiet"})
              .code == 0);
  REQUIRE(run_process({TSD_BINARY, "analyze", (folder / "own").string(), "--only", "maps"}).code == 0);
  const auto axis = numbers(folder / "own/maps.h5", "/axis");
  CHECK(axis.front() == Approx(-2.25));  // a twentieth of the span beyond the items
  CHECK(axis.back() == Approx(3.25));
  const auto map = numbers(folder / "own/maps.h5", "/stimuli/map_total");
  CHECK(map[1 * 11 + 6] > 0.9);   // (-1.7, 1.05)
  CHECK(map[8 * 11 + 10] < 0.1);  // (2.15, 3.25)
}
