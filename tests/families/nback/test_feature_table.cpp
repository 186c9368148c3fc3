#include "families/nback/data/features/feature_table.hpp"

#include <cmath>
#include <limits>

#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

// A table as another program might write it, with one thing changed before it is written.
struct Foreign {
  std::vector<std::string> path;
  std::vector<std::int64_t> category, identity, location, angle;
  std::vector<float> features;
  int F = 2;

  Foreign() {  // two cars, rows in reverse order
    for (int row = 31; row >= 0; --row) {
      const int object = row / 16;
      path.push_back("/elsewhere/" + file_name({"car", object, row % 16 / 4, row % 4}));
      category.push_back(0);
      identity.push_back(object);
      location.push_back(row % 16 / 4);
      angle.push_back(row % 4);
      features.insert(features.end(), {float(row), -float(row)});
    }
  }
  void write(const std::filesystem::path& file) const {
    Hdf5Writer out(file);
    out.attribute("/", "backbone", "resnet50");
    out.strings("/path", path, {});
    out.dataset("/category", category, {});
    out.dataset("/identity", identity, {});
    out.dataset("/location", location, {});
    out.dataset("/angle", angle, {});
    out.dataset<float>("/features", std::span(features), {static_cast<std::int64_t>(features.size()) / F, F},
                       {});
    out.close();
  }
};

}  // namespace

TEST_CASE("feature table: written and read back", "[features]") {
  const test::TemporaryDirectory folder;
  const FeatureFile table = synthetic_features(2, 3);
  write_features(folder / "f.h5", table);
  const FeatureFile again = read_features(folder / "f.h5");
  CHECK(again.F == 2048);
  CHECK(again.features == table.features);
  CHECK(again.set.identities == table.set.identities);
  CHECK(again.backbone == "synthetic");
  CHECK(again.weights == "seed 3");
  CHECK(again.bn == "none");
}

TEST_CASE("feature table: rows in any order, from any folder", "[features]") {
  const test::TemporaryDirectory folder;
  Foreign().write(folder / "f.h5");
  const FeatureFile table = read_features(folder / "f.h5");
  REQUIRE(table.set.stimuli.size() == 32);
  for (int i = 0; i < 32; ++i) CHECK(table.features[2 * i] == float(i));
  CHECK(table.set.stimuli[17].path == "data/stimuli/stimulus_car_001_loc0_angle1.png");
  CHECK(table.backbone == "resnet50");
  CHECK(table.weights == "unknown");
}

TEST_CASE("feature table: what does not fit is refused with file, dataset, expected and got", "[features]") {
  const test::TemporaryDirectory folder;
  const auto refused = [&](auto&& change, const std::string& message) {
    Foreign foreign;
    change(foreign);
    foreign.write(folder / "bad.h5");
    INFO(message);
    CHECK_THROWS_AS(read_features(folder / "bad.h5"), DataError);
    CHECK_THROWS_WITH(read_features(folder / "bad.h5"),
                      Catch::Contains("bad.h5") && Catch::Contains(message));
  };
  refused([](Foreign& f) { f.features[9] = std::numeric_limits<float>::quiet_NaN(); },
          "/features: element 9: expected a finite number, got nan");
  refused([](Foreign& f) { f.features[0] = std::numeric_limits<float>::infinity(); }, "finite");
  refused([](Foreign& f) { f.features.resize(62); }, "/features: expected shape [32, -1], got [31, 2]");
  refused([](Foreign& f) { f.location[3] = 0; },
          "/location: row 3: expected 3 as data/stimuli/stimulus_car_001_loc3_angle0.png says, got 0");
  refused([](Foreign& f) { f.angle.pop_back(); }, "/angle: expected shape [32], got [31]");
  refused([](Foreign& f) { f.identity[0] = 0; }, "/identity: row 0: expected 1");
  refused([](Foreign& f) { f.category[31] = 2; }, "/category: row 31: expected 0");
  refused([](Foreign& f) { f.path[5] = "cat.png"; },
          "/path: expected stimulus_<category>_<iii>_loc<l>_angle<a>.png, got cat.png");
  refused([](Foreign& f) { f.path[5] = f.path[4]; }, "is there twice");
  refused(
      [](Foreign& f) {
        f.path.pop_back(), f.category.pop_back(), f.identity.pop_back(), f.location.pop_back(),
            f.angle.pop_back(), f.features.resize(62);
      },
      "stimulus_car_000_loc0_angle0.png is missing");
  CHECK_THROWS_AS(read_features(folder / "none.h5"), MissingInput);
}

TEST_CASE("synthetic features: the design's variances", "[features]") {
  const FeatureFile table = synthetic_features(5, 1);
  REQUIRE(table.set.stimuli.size() == 320);
  const auto row = [&](int category, int object, int location, int angle) {
    return std::span(table.features)
        .subspan(((((category * 5) + object) * 4 + location) * 4 + angle) * std::size_t{2048}, 2048);
  };
  // a = ReLU(x) / 4 with x of variance 1 + 0.49 + 0.0225 + 0.09 + 0.09 + 0.01 = 1.7025 within a feature: half
  // are zero, and the mean is sd / sqrt(2 pi) / 4. Over 2048 features sharing u per row the errors are about
  // 1 / sqrt(2048) = 2 %.
  double sum = 0, zeros = 0;
  for (const float a : table.features) {
    REQUIRE(a >= 0);
    sum += a;
    zeros += a == 0;
  }
  const double count = static_cast<double>(table.features.size());
  CHECK(zeros / count == Approx(0.5).margin(0.03));
  CHECK(sum / count == Approx(std::sqrt(1.7025 / 6.283185307) / 4).epsilon(0.06));
  // Rows that share more of the design are nearer: location < angle < identity < category.
  const auto distance = [](auto a, auto b) {
    double d = 0;
    for (std::size_t f = 0; f < a.size(); ++f) d += (a[f] - b[f]) * (a[f] - b[f]);
    return d;
  };
  const auto base = row(1, 2, 0, 0);
  const double location = distance(base, row(1, 2, 3, 0)), angle = distance(base, row(1, 2, 0, 3)),
               identity = distance(base, row(1, 4, 0, 0)), category = distance(base, row(2, 2, 0, 0));
  CHECK(location < angle);
  CHECK(angle < identity);
  CHECK(identity < category);
  CHECK(synthetic_features(5, 1).features == table.features);
  CHECK(synthetic_features(5, 2).features != table.features);
}
