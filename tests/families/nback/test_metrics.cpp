#include "families/nback/model/metrics.hpp"

#include <cmath>

#include "families/nback/native/loss.hpp"
#include "families/nback/plain/loss.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {
// Two sequences of four steps: location 1-back (three executive steps) and category 2-back (two).
Batch two_sequences() {
  Batch batch;
  batch.B = 2;
  batch.L = 4;
  batch.stimulus.assign(8, 0);
  batch.target = {0, 1, 2, 2, 0, 0, 1, 2};
  batch.feature = {0, 2};
  batch.n = {1, 2};
  return batch;
}
Outcome answers(std::vector<std::uint8_t> predicted, double main, double no_action) {
  Outcome outcome;
  outcome.main = main;
  outcome.no_action = no_action;
  outcome.all_steps = main;
  outcome.loss = main + 0.1 * no_action;
  outcome.predicted = std::move(predicted);
  return outcome;
}
}  // namespace

TEST_CASE("metrics: counted by hand", "[nback]") {
  Tally tally(4);
  // Executive: targets 1 2 2 | 1 2, answers 1 1 2 | 1 0. Trivial: 0 | 0 0, answers 0 | 0 2.
  tally.add(two_sequences(), answers({0, 1, 1, 2, 0, 2, 1, 0}, 0.5, 2.0));
  CHECK(tally.accuracy() == Approx(5.0 / 8));
  CHECK(tally.masked_accuracy() == Approx(3.0 / 5));
  CHECK(tally.no_action_accuracy() == Approx(2.0 / 3));
  CHECK(tally.recall(Response::non_match) == Approx(1.0));
  CHECK(tally.recall(Response::match) == Approx(1.0 / 3));
  CHECK(tally.occurrences(Response::match) == 3);
  CHECK(tally.recall(Response::no_action) == 0);  // never on executive steps
  CHECK(tally.weighted_loss() == 0.5);
  CHECK(tally.loss() == Approx(0.7));
  const auto confusion = tally.confusion();
  CHECK(std::vector<double>(confusion.begin(), confusion.end()) ==
        std::vector<double>{0, 0, 0, 0, 2, 0, 1, 1, 1});
  const auto by_task = tally.accuracy_by_task();
  CHECK(by_task[0] == Approx(2.0 / 3));  // location, n = 1
  CHECK(by_task[7] == Approx(1.0 / 2));  // category, n = 2
  CHECK(std::isnan(by_task[1]));
  CHECK(tally.accuracy_by_step() == std::vector<double>{1.0, 0.5, 0.5, 0.5});
}

// With equal logits every -log p is log 3. Executive steps: five of weight 1, each with a smoothed share of
// two classes. All steps: eight such shares over the same five weights, as PyTorch's CrossEntropyLoss has it.
TEST_CASE("metrics: label smoothing counts trivial steps in the loss of a validation split", "[nback]") {
  LossSpec spec;
  spec.label_smoothing = 0.1;
  math::Buffer buffer;
  const math::Matrix logits = buffer.zeros(8, kResponses);
  const Outcome native = cross_entropy(logits, two_sequences(), spec, nullptr);
  const auto plain = loss_terms(torch::zeros({2, 4, kResponses}), two_sequences(), spec);
  const double main = (0.9 + 0.1 / 3 * 2) * std::log(3), all_steps = (0.9 + 0.1 / 3 * 16 / 5) * std::log(3);
  CHECK(native.main == Approx(main));
  CHECK(native.all_steps == Approx(all_steps));
  CHECK(plain.main.item<double>() == Approx(main));
  CHECK(plain.all_steps.item<double>() == Approx(all_steps));
  spec.label_smoothing = 0;
  CHECK(cross_entropy(logits, two_sequences(), spec, nullptr).all_steps == Approx(std::log(3)));
}

TEST_CASE("metrics: batches weigh the same, steps do not", "[nback]") {
  Tally tally(4);
  tally.add(two_sequences(), answers({0, 1, 2, 2, 0, 0, 1, 2}, 1.0, 0));  // all right
  Batch one = two_sequences();
  one.B = 1;
  tally.add(one, answers({1, 0, 0, 0}, 3.0, 0));  // all wrong
  CHECK(tally.accuracy() == Approx(0.5));         // not 8 of 12
  CHECK(tally.weighted_loss() == Approx(2.0));
  CHECK(tally.masked_accuracy() == Approx(5.0 / 8));  // 5 of 5 and 0 of 3
}

TEST_CASE("metrics: five levels have a place each", "[nback]") {
  Tally tally(4, 5);
  Batch batch = two_sequences();
  batch.n = {1, 3};
  tally.add(batch, answers({0, 1, 1, 2, 0, 2, 1, 0}, 0.5, 2.0));
  const auto by_task = tally.accuracy_by_task();
  REQUIRE(by_task.size() == 15);
  CHECK(by_task[0] == Approx(2.0 / 3));  // location, n = 1
  CHECK(by_task[12] == 0);               // category, n = 3: answered 0 where 2 is right
  CHECK(tally.accuracy_by_step() == std::vector<double>{1.0, 0.5, 0.5, 0.5});
}

TEST_CASE("metrics: without the mask every step is executive", "[nback]") {
  Tally tally(4, kLevels, true);
  tally.add(two_sequences(), answers({0, 1, 1, 2, 0, 2, 1, 0}, 0.5, 0));
  CHECK(tally.masked_accuracy() == Approx(5.0 / 8));
  CHECK(tally.no_action_accuracy() == 0);
}

TEST_CASE("metrics: a pass saved at a batch goes on as if it had not stopped", "[nback]") {
  Tally whole(4), first(4), second(4);
  const auto a = answers({0, 1, 1, 2, 0, 2, 1, 0}, 0.5, 2.0), b = answers({0, 1, 2, 2, 0, 0, 1, 2}, 0.1, 1.0);
  whole.add(two_sequences(), a);
  whole.add(two_sequences(), b);
  first.add(two_sequences(), a);
  second.restore(first.sums());
  second.add(two_sequences(), b);
  CHECK(whole.sums() == second.sums());
}

TEST_CASE("metrics: chance levels of nback.md 4.6", "[nback]") {
  const int n1[] = {1}, n2[] = {2}, n3[] = {3}, all[] = {1, 2, 3};
  CHECK(chance_level(n1, 6, 0.5).all_steps == Approx(0.58333333));
  CHECK(chance_level(n2, 6, 0.5).all_steps == Approx(0.66666667));
  CHECK(chance_level(n3, 6, 0.5).all_steps == Approx(0.75));
  CHECK(chance_level(all, 6, 0.5).all_steps == Approx(0.66666667));
  CHECK(chance_level(n2, 6, 0.3).all_steps == Approx(0.8));
  CHECK(chance_level(all, 6, 0.3).masked == Approx(0.7));
}
