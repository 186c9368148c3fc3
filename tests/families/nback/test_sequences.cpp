// Numbers: nback.md 11.1 (CPython's random and hashlib).
#include "families/nback/data/sequences.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "families/nback/data/shared_dataset.hpp"
#include "families/nback/data/stimuli/splits.hpp"
#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/rng/python_random.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

const std::vector<std::string> kCategories = {"airplane", "car", "chair", "table"};
const std::vector<Property> kAll = {Property::location, Property::identity, Property::category};

StimulusSet set_of(int m) { return factorial_set(kCategories, std::vector<int>(4, m)); }

std::vector<std::int32_t> all_of(const StimulusSet& set) {
  std::vector<std::int32_t> all(set.stimuli.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::array<int, 3> label_counts(const SharedDataset& dataset) {
  std::array<int, 3> counts{};
  for (const Sequence& s : dataset.sequences)
    for (const auto label : s.target) ++counts[label];
  return counts;
}

int property_of(const Stimulus& s, Property p) {
  return p == Property::location ? s.location : p == Property::identity ? s.identity : s.category;
}

}  // namespace

TEST_CASE("sequences: the reference's random stream", "[sequences]") {
  PythonRandom words(42), doubles(42), choices(42);
  CHECK(doubles.random() == 0.6394267984578837);
  CHECK(doubles.random() == 0.025010755222666936);
  CHECK(doubles.random() == 0.27502931836911926);
  for (const std::uint64_t expected : {57, 12, 140, 125, 114, 71, 52, 279})
    CHECK(choices.below(320) == expected);
}

TEST_CASE("shared data set: seeds of the conditions", "[sequences]") {
  const std::uint64_t expected[3][3] = {{17211313297108020406u, 2251788474942467505u, 15012520956028366439u},
                                        {5665947536587700663u, 16837878721258969506u, 3674995788429213839u},
                                        {4656870654970367872u, 4798767267224258605u, 5665069678984379573u}};
  for (int p = 0; p < 3; ++p)
    for (int n = 1; n <= 3; ++n) CHECK(condition_seed(42, kAll[p], n) == expected[p][n - 1]);
}

TEST_CASE("shared data set: first sequences", "[sequences]") {
  struct Row {
    const char* key;
    std::vector<std::int32_t> five, eighteen;
    std::vector<std::uint8_t> target;
  };
  const std::vector<Row> rows = {
      {"location:n1:00000",
       {160, 39, 84, 246, 150, 276},
       {641, 151, 324, 996, 614, 1093},
       {0, 1, 2, 2, 2, 2}},
      {"location:n2:00000",
       {217, 45, 284, 253, 162, 130},
       {871, 180, 1134, 983, 650, 526},
       {0, 0, 1, 2, 1, 1}},
      {"location:n2:00001", {160, 5, 153, 14, 312, 241}, {640, 23, 607, 56, 126, 275}, {0, 0, 1, 1, 2, 1}},
      {"identity:n3:00000", {105, 192, 28, 103, 192, 21}, {423, 770, 115, 423, 768, 117}, {0, 0, 0, 2, 2, 2}},
      {"category:n1:00000", {20, 58, 62, 53, 49, 72}, {81, 235, 248, 215, 196, 278}, {0, 2, 2, 2, 2, 2}}};
  for (const int m : {5, 18}) {
    const SharedDataset dataset = shared_dataset(set_of(m), {{1, 2, 3}, kAll, 6, 0.5});
    REQUIRE(dataset.sequences.size() == 6300);
    for (const Row& row : rows) {
      INFO(row.key << ", " << m << " identities");
      const auto key = std::find(dataset.keys.begin(), dataset.keys.end(), row.key);
      REQUIRE(key != dataset.keys.end());
      const Sequence& sequence = dataset.sequences[key - dataset.keys.begin()];
      CHECK(sequence.stimulus == (m == 5 ? row.five : row.eighteen));
      CHECK(sequence.target == row.target);
    }
  }
}

TEST_CASE("shared data set: manifest digests and label counts", "[sequences]") {
  struct Row {
    int m;
    TaskMix mix;
    const char* digest;
    std::array<int, 3> counts;
  };
  const std::vector<Property> location = {Property::location};
  const std::vector<Row> rows = {{5,
                                  {{2}, location},
                                  "e0d1d53ddbfef463b7fc2e6bae410acc3af0c4effd095079b708577f2aaf54f2",
                                  {4200, 4262, 4138}},
                                 {5,
                                  {{2}, kAll},
                                  "42b96a65bfa46a9e824a401890880dfe0f5c9df8adb0f3433fe7d6aa72cc5eeb",
                                  {12600, 12638, 12562}},
                                 {5,
                                  {{1, 2, 3}, kAll},
                                  "0d5f181fd32e59a80346183a733c1a8988c41329a5c03760f5a69c40e4eb0f71",
                                  {12600, 12715, 12485}},
                                 {18,
                                  {{2}, location},
                                  "7fc5dd49a63d6697cca502f290c6b7f44d77b152f260e3f0f5bc76df1c20e2f5",
                                  {4200, 4227, 4173}},
                                 {18,
                                  {{2}, kAll},
                                  "5c71d738d32268116475a514012ca764fd86c1c8ac2e1fa8b21536723b35948f",
                                  {12600, 12646, 12554}},
                                 {18,
                                  {{1, 2, 3}, kAll},
                                  "07e5c6d9b2f5e7987ad2d8715fa9ab56c5d84fb14f72a232f14cc996af8d23d4",
                                  {12600, 12541, 12659}}};
  for (const Row& row : rows) {
    const StimulusSet set = set_of(row.m);
    const SharedDataset dataset = shared_dataset(set, row.mix);
    CHECK(manifest_digest(set, dataset) == row.digest);
    CHECK(label_counts(dataset) == row.counts);
  }
  CHECK_THROWS_AS(shared_dataset(set_of(2), {{1, 2, 3}, location}, 100), ConfigError);
}

TEST_CASE("sequences: labels are exact and candidates stay in the pool", "[sequences]") {
  const StimulusSet set = set_of(5);
  const Splits splits = make_splits(set, {});
  const SequenceGenerator generator(set, splits.train);
  const TaskMix mix{{1, 2, 3}, kAll, 6, 0.3};
  Philox rng(1, "sequences");
  Batch batch;
  generator.draw(rng, mix, 4000, batch);
  REQUIRE(batch.stimulus.size() == 24000);

  int executive = 0, matches = 0;
  std::array<int, 9> conditions{};
  for (int b = 0; b < batch.B; ++b) {
    const int n = batch.n[b];
    const auto feature = static_cast<Property>(batch.feature[b]);
    ++conditions[batch.feature[b] * 3 + n - 1];
    for (int t = 0; t < batch.L; ++t) {
      const auto index = batch.stimulus[b * batch.L + t];
      const auto target = static_cast<Response>(batch.target[b * batch.L + t]);
      REQUIRE(std::binary_search(splits.train.begin(), splits.train.end(), index));
      if (t < n) {
        REQUIRE(target == Response::no_action);
        continue;
      }
      const auto reference = batch.stimulus[b * batch.L + t - n];
      const bool same =
          property_of(set.stimuli[index], feature) == property_of(set.stimuli[reference], feature);
      REQUIRE(target == (same ? Response::match : Response::non_match));
      ++executive;
      matches += same;
    }
  }
  // Binomial: 5 standard deviations of the match rate, and of each of nine equally likely conditions.
  CHECK(matches / double(executive) == Approx(0.3).margin(5 * std::sqrt(0.21 / executive)));
  for (const int count : conditions)
    CHECK(count == Approx(4000 / 9.0).margin(5 * std::sqrt(4000 * 8 / 81.0)));
}

TEST_CASE("sequences: one draw and a batch read the same stream", "[sequences]") {
  const StimulusSet set = set_of(5);
  const SequenceGenerator generator(set, all_of(set));
  const TaskMix mix{{1, 2, 3}, kAll, 6, 0.5};
  PythonRandom one(7), many(7);
  std::vector<Sequence> sequences;
  for (int i = 0; i < 5; ++i) sequences.push_back(generator.draw(one, mix));
  Batch batch;
  generator.draw(many, mix, 5, batch);
  const Batch packed = make_batch(sequences);
  CHECK(batch.stimulus == packed.stimulus);
  CHECK(batch.target == packed.target);
  CHECK(batch.feature == packed.feature);
  CHECK(batch.n == packed.n);
  CHECK(one.random() == many.random());
}

TEST_CASE("sequences: a property with one value falls back to the whole pool", "[sequences]") {
  const StimulusSet set = factorial_set({"car"}, std::vector<int>{2});
  const SequenceGenerator generator(set, all_of(set));
  PythonRandom rng(3);
  const Sequence never = generator.draw(rng, Property::category, 1, 4, 0.0);
  CHECK(never.target == std::vector<std::uint8_t>{0, 1, 1, 1});
  CHECK_THROWS_AS(SequenceGenerator(set, std::vector<std::int32_t>{}), ConfigError);
}
