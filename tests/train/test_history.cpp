#include "tsd/train/history.hpp"

#include "support/catch.hpp"

namespace tsd::train {
namespace {

struct Loss {
  double task = 0, penalty = 0;
};
struct Epoch {
  Loss train;
  double valid = 0;
};

constexpr unsigned kPenalised = 1;
constexpr Column<Epoch> kColumns[] = {
    {"valid", "nat", "validation", [](Epoch& e) -> double& { return e.valid; }},
    {"task", "nat", "task", [](Epoch& e) -> double& { return e.train.task; }, Shown::results},
    {"penalty", "", "penalty", [](Epoch& e) -> double& { return e.train.penalty; }, Shown::everywhere,
     kPenalised}};
const std::span<const Column<Epoch>> kTable(kColumns);

}  // namespace

TEST_CASE("history: numbers and records, there and back") {
  const std::vector<Epoch> epochs = {{{1, 2}, 3}, {{4, 5}, 6}};
  const auto all = numbers(kTable, std::span(epochs));
  CHECK(all == std::vector<double>{3, 1, 2, 6, 4, 5});
  const auto back = records(kTable, std::span<const double>(all));
  REQUIRE(back.size() == 2);
  CHECK(back[1].train.penalty == 5);
  CHECK(back[0].valid == 3);
}

TEST_CASE("history: a row shows what is meant for it and applies") {
  std::vector<Metric> plain, penalised;
  add_row(kTable, {{1, 2}, 3}, 0, plain);
  add_row(kTable, {{1, 2}, 3}, kPenalised, penalised);
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].name == "valid");
  REQUIRE(penalised.size() == 2);
  CHECK(penalised[1].value == 2);
}

TEST_CASE("history: every column that results.h5 has is documented") {
  std::vector<Output> outputs;
  add_outputs(kTable, "/history", outputs);
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[1].path == "/history/task");
  CHECK(outputs[1].dims == "epoch");
}

}  // namespace tsd::train
