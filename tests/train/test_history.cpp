#include "tsd/train/history.hpp"

#include "support/catch.hpp"
#include "tsd/train/tied.hpp"

namespace tsd::train {
namespace {

struct Loss {
  double task = 0, penalty = 0;
};
struct Epoch {
  Loss train;
  double valid = 0;
  int updates = 0;
};

constexpr unsigned kPenalised = 1;
constexpr Column<Epoch> kColumns[] = {
    {"valid", "nat", "validation", kept<2, &Epoch::valid>},
    {"total", "nat", "both", [](const Epoch& e) { return e.train.task + e.train.penalty; }, Shown::metrics},
    {"task", "nat", "task", kept<0, &Epoch::train, &Loss::task>, Shown::results},
    {"penalty", "", "penalty", kept<1, &Epoch::train, &Loss::penalty>, Shown::everywhere, kPenalised},
    {"updates", "", "", kept<3, &Epoch::updates>, Shown::nowhere}};

}  // namespace

TEST_CASE("history: numbers go to their places and back, whatever the order of the list") {
  const std::vector<Epoch> epochs = {{{1, 2}, 3, 7}, {{4, 5}, 6, 8}};
  const auto all = numbers(kColumns, epochs);
  CHECK(all == std::vector<double>{1, 2, 3, 7, 4, 5, 6, 8});
  const auto back = records(kColumns, all);
  REQUIRE(back.size() == 2);
  CHECK(back[1].train.penalty == 5);
  CHECK(back[0].valid == 3);
  CHECK(back[1].updates == 8);
}

TEST_CASE("history: whole numbers stay whole") {
  struct Stage {
    std::int64_t R = 0;
    bool mastered = false;
  };
  static constexpr Column<Stage, std::int64_t> kStages[] = {{"R", "", "", kept<0, &Stage::R>},
                                                            {"mastered", "", "", kept<1, &Stage::mastered>}};
  constexpr std::int64_t kBeyondDoubles = (std::int64_t{1} << 53) + 1;
  const auto back = records(kStages, numbers(kStages, std::vector<Stage>{{kBeyondDoubles, true}}));
  CHECK(back[0].R == kBeyondDoubles);
  CHECK(back[0].mastered);
}

TEST_CASE("history: rows that are cut short are told") {
  auto all = numbers(kColumns, std::vector<Epoch>{{{1, 2}, 3, 7}, {{4, 5}, 6, 8}});
  all.pop_back();
  CHECK_THROWS_AS(records(kColumns, all), DataError);
}

TEST_CASE("history: a row shows what is meant for it and applies") {
  std::vector<Metric> plain, penalised;
  add_row(kColumns, Epoch{{1, 2}, 3}, 0, plain);
  add_row(kColumns, Epoch{{1, 2}, 3}, kPenalised, penalised, "val_");
  REQUIRE(plain.size() == 2);
  CHECK(plain[0].name == "valid");
  CHECK(plain[1].value == 3);
  REQUIRE(penalised.size() == 3);
  CHECK(penalised[2].name == "val_penalty");
  CHECK(penalised[2].value == 2);
}

TEST_CASE("history: every column that results.h5 has is documented") {
  std::vector<Output> outputs;
  add_outputs(kColumns, "/history", outputs);
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[1].path == "/history/task");
  CHECK(outputs[1].dims == "epoch");
}

TEST_CASE("tied: a learner's numbers there and back, and a file with fewer is told") {
  double loss = 2.5;
  int epoch = 3;
  Arrays saved = {make_tied<double>("numbers", std::tie(loss, epoch))};
  loss = 0, epoch = 0;
  restore_tied<double>(saved, "numbers", std::tie(loss, epoch));
  CHECK(loss == 2.5);
  CHECK(epoch == 3);
  CHECK_THROWS_WITH(restore_tied<double>(saved, "numbers", std::tie(loss)),
                    "numbers: expected 1 numbers, got 2");
}

}  // namespace tsd::train
