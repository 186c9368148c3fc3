#include "families/nback/data/stimuli/stimulus_set.hpp"

#include <algorithm>

#include "families/nback/data/stimuli/splits.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {
const std::vector<std::string> kCategories = {"airplane", "car", "chair", "table"};
std::vector<StimulusName> names_of_one_object() {
  std::vector<StimulusName> names;
  for (int view = 15; view >= 0; --view) names.push_back({"car", 2, view / 4, view % 4});
  return names;
}
}  // namespace

TEST_CASE("task: names and input vector", "[stimuli]") {
  CHECK(name_of(Property::identity) == "identity");
  CHECK(property_named("category") == Property::category);
  CHECK_FALSE(property_named("colour"));
  CHECK(task_vector(Property::identity, 3, 3) == std::vector<float>{0, 1, 0, 0, 0, 1});
  CHECK(task_vector(Property::location, 4, 3) == std::vector<float>{1, 0, 0, 0, 0, 0});
  CHECK(task_vector(Property::category, 4, 5) == std::vector<float>{0, 0, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("stimulus set: file names carry the metadata", "[stimuli]") {
  CHECK(file_name({"car", 7, 1, 2}) == "stimulus_car_007_loc1_angle2.png");
  const auto name = parse_file_name("stimulus_dining_table_012_loc3_angle0.png");
  REQUIRE(name);
  CHECK(name->category == "dining_table");
  CHECK(name->number == 12);
  CHECK(name->location == 3);
  CHECK(name->angle == 0);
  for (const char* bad :
       {"", "stimulus_.png", "stimulus_car_7_loc1_angle2.png", "stimulus_car_007_loc4_angle2.png",
        "stimulus_car_007_loc1_angle4.png", "stimulus_car_007_loc01_angle2.png", "car_007_loc1_angle2.png",
        "stimulus__007_loc1_angle2.png", "stimulus_car_007_loc1_angle2.jpg",
        "stimulus_car_99999999999_loc1_angle2.png"}) {
    INFO(bad);
    CHECK_FALSE(parse_file_name(bad));
  }
}

TEST_CASE("stimulus set: order is the formula of nback.md 2.1", "[stimuli]") {
  const StimulusSet set = factorial_set(kCategories, std::vector<int>(4, 5));
  REQUIRE(set.stimuli.size() == 320);
  CHECK(set.identities.size() == 20);
  const int c = 2, object = 3, location = 1, angle = 2;
  const Stimulus& s = set.stimuli[((c * 5 + object) * 4 + location) * 4 + angle];
  CHECK(s.path == "data/stimuli/stimulus_chair_003_loc1_angle2.png");
  CHECK(s.category == c);
  CHECK(set.identities[s.identity] == "chair_003");
}

TEST_CASE("stimulus set: any order of names, each exactly once", "[stimuli]") {
  auto names = names_of_one_object();
  const SortedSet sorted = sorted_set(names, "dir");
  CHECK(sorted.order.front() == 15);
  CHECK(sorted.set.stimuli.front().path == "data/stimuli/stimulus_car_002_loc0_angle0.png");

  auto twice = names;
  twice.push_back(names[3]);
  CHECK_THROWS_WITH(sorted_set(twice, "dir"), "dir: stimulus_car_002_loc3_angle0.png is there twice");
  names.erase(names.begin() + 5);  // location 2, angle 2
  CHECK_THROWS_WITH(sorted_set(names, "dir"),
                    Catch::Contains("dir: stimulus_car_002_loc2_angle2.png is missing"));
}

TEST_CASE("splits: sizes of the published sets", "[stimuli]") {
  const auto sizes = [](int m) {
    const Splits s = make_splits(factorial_set(kCategories, std::vector<int>(4, m)), {});
    return std::vector<std::size_t>{s.train.size(), s.novel_angle.size(), s.novel_identity.size()};
  };
  CHECK(sizes(5) == std::vector<std::size_t>{144, 48, 128});
  CHECK(sizes(18) == std::vector<std::size_t>{480, 160, 512});
}

TEST_CASE("splits: disjoint, by identity and angle, configurable", "[stimuli]") {
  const StimulusSet set = factorial_set(kCategories, std::vector<int>(4, 5));
  const Splits splits = make_splits(set, {{1}, {0, 3}, 0.2});
  CHECK(splits.train.size() == 4 * 1 * 4);
  CHECK(splits.novel_angle.size() == 4 * 1 * 8);
  CHECK(splits.novel_identity.size() == 4 * 4 * 16);
  CHECK(std::is_sorted(splits.novel_identity.begin(), splits.novel_identity.end()));
  for (const auto i : splits.train) {
    CHECK(set.stimuli[i].angle == 1);
    CHECK(set.identities[set.stimuli[i].identity].ends_with("_000"));
  }
  CHECK_THROWS_AS(make_splits(set, {{1}, {3}, 1.0}), ConfigError);
  CHECK_THROWS_AS(make_splits(factorial_set({"car"}, std::vector<int>{1}), {}), ConfigError);
}
