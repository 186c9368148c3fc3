// What may be asked for beyond the published runs: consolidation, other orders and random streams, items from
// HDF5.
#include <algorithm>
#include <cmath>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::dual_stream::test {
namespace {

using namespace tsd::test;

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

float number(const Simulation& s, const Slot& slot, std::size_t i) {  // of the slow stream
  return s.group->save(0)[s.layout.fast_size + slot.offset + i];
}

void write_orders(const std::filesystem::path& file, const std::vector<std::int64_t>& order,
                  const Shape& shape) {
  Hdf5Writer writer(file);
  writer.dataset<std::int64_t>("/order", order, shape, {"run,epoch,item", "", "order of presentation"});
  writer.close();
}

std::string problem_of(const Config& c) {
  try {
    orders(c, 1, 8);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

Config experiment_config() {
  Config c = distribution_config();
  c.n_runs = 2;
  c.epochs = 6;
  return c;
}

std::unique_ptr<DualStreamExperiment> trained(const Config& c) {
  auto experiment = std::make_unique<DualStreamExperiment>(c, RunContext{});
  for (int epoch = 0; epoch < c.epochs; ++epoch) experiment->step();
  return experiment;
}

}  // namespace

TEST_CASE("dual stream: the gate falls linearly while it is annealed", "[dual_stream]") {
  Config c;
  c.consolidation.gate = 0.8;
  CHECK(c.gate(0) == 0.8f);
  CHECK(c.gate(1000) == 0.8f);
  c.consolidation.anneal_from = 10;
  c.consolidation.anneal_epochs = 4;
  CHECK(c.gate(10) == 0.8f);
  CHECK(c.gate(11) == 0.6f);
  CHECK(c.gate(13) == Approx(0.2));
  CHECK(c.gate(14) == 0);
  CHECK(c.gate(15) == 0);
}

TEST_CASE("dual stream: behind a closed gate the slow stream answers and learns alone", "[dual_stream]") {
  Config c = experiment_config();
  const auto open = trained(c);
  c.consolidation.anneal_from = 2;
  c.consolidation.anneal_epochs = 2;
  const auto closed = trained(c);
  const auto total = closed->curve(0, lc_total), slow = closed->curve(0, lc_slow),
             fast = closed->curve(0, lc_fast);
  for (const std::size_t epoch : {0, 1, 2}) CHECK(total[epoch] == open->curve(0, lc_total)[epoch]);
  CHECK(total[3] != open->curve(0, lc_total)[3]);
  CHECK(total[3] != slow[3]);
  for (const std::size_t epoch : {4, 5}) {
    CHECK(total[epoch] == slow[epoch]);
    CHECK(fast[epoch] != slow[epoch]);
  }
}

TEST_CASE("dual stream: a gate weighs the fast stream's logits and its gradient", "[dual_stream]") {
  Simulation s(distribution_config());
  Pass pass;
  pass.gate = 0.3f;
  s.run(0, 0, 4, pass);
  const auto W = s.read(s.layout.association);
  const auto b = number(s, s.layout.b[3], 0);
  const Outcome outcome = s.run(0, 4, 1, pass)[0];  // a trial of class 0 without recruitment
  REQUIRE(outcome.values[recruited] == 0);
  const float* z = &outcome.values[first_logit];
  const double total[] = {0.3 * double(z[0]) + double(z[2]), 0.3 * double(z[1]) + double(z[3])};
  const double loss = (std::log1p(std::exp(-total[0])) + std::log1p(std::exp(total[1]))) / 2;
  CHECK(outcome.values[loss_total] == Approx(loss).margin(2e-7));
  CHECK(outcome.values[lc_total] == Approx(sigmoid(total[1] - total[0])).margin(2e-7));
  const double dz = (sigmoid(total[0]) - 1) / 2;
  CHECK(number(s, s.layout.b[3], 0) == Approx(double(b) - 0.1 * dz).margin(2e-8));
  // z_fast = sum of o W; each W moves by -lr gate o dz.
  const auto moved = s.read(s.layout.association);
  const auto used = static_cast<std::size_t>(s.read(s.layout.active)[0]);
  double squares = 0, crossed = 0;
  for (std::size_t j = 0; j < used; ++j) {
    const double o = (double(moved[2 * j]) - double(W[2 * j])) / (-0.001 * 0.3 * dz);
    squares += std::abs(o);
    crossed += o * double(W[2 * j]);
  }
  CHECK(squares > 1);
  CHECK(crossed == Approx(double(z[0])).epsilon(1e-3));  // W moves by 1e-3 of itself in single precision
}

TEST_CASE("dual stream: in replay the slow stream learns the softmax of the fast one", "[dual_stream]") {
  Simulation s(distribution_config());
  s.run(0, 0, 20);
  Pass replay;
  replay.recruit = replay.learn_fast = false;
  replay.fast_teaches = true;
  for (std::size_t t = 20; t < 23; ++t) {
    const float before[] = {number(s, s.layout.b[3], 0), number(s, s.layout.b[3], 1)};
    const Outcome outcome = s.run(0, t, 1, replay)[0];
    const float* z = &outcome.values[first_logit];
    const double taught = sigmoid(double(z[0]) - double(z[1]));
    CHECK(std::abs(taught - 0.5) > 1e-4);
    CHECK(number(s, s.layout.b[3], 0) ==
          Approx(double(before[0]) - 0.1 * (sigmoid(z[2]) - taught) / 2).margin(2e-8));
    CHECK(number(s, s.layout.b[3], 1) ==
          Approx(double(before[1]) - 0.1 * (sigmoid(z[3]) - (1 - taught)) / 2).margin(2e-8));
  }
}

TEST_CASE("dual stream: replay and separate teachers in a whole run", "[dual_stream]") {
  Config c = experiment_config();
  const auto plain = trained(c);
  c.consolidation.replay = 30;
  const auto replayed = trained(c);
  CHECK(replayed->curve(0, lc_total)[0] == plain->curve(0, lc_total)[0]);  // comes after an epoch
  CHECK(replayed->curve(0, lc_slow)[1] != plain->curve(0, lc_slow)[1]);
  c = experiment_config();
  c.consolidation.teacher = Teacher::separate;
  const auto separate = trained(c);
  c.slow = SlowName::none;
  CHECK(separate->curve(0, lc_fast) == trained(c)->curve(0, lc_fast));  // as if it were alone
}

TEST_CASE("dual stream: orders from a file, and what is wrong with one", "[dual_stream]") {
  const TemporaryDirectory folder;
  Config c = clustering_config();
  c.n_runs = 2;
  c.epochs = 2;
  c.order_file = (folder / "order.h5").string();
  std::vector<std::int64_t> order;
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 8; ++k) order.push_back((3 * k + i) % 8);
  write_orders(*c.order_file, order, {2, 2, 8});
  const auto read = orders(c, 1, 8);
  CHECK(std::equal(order.begin(), order.end(), read.begin(), read.end()));
  Simulation s(c);
  Config same = clustering_config();  // the reference's first order begins with 3, 2
  same.n_runs = 2;
  same.epochs = 2;
  CHECK(s.run(0, 0, 8)[0].values != Simulation(same).run(0, 0, 8)[0].values);

  write_orders(*c.order_file, order, {4, 8});
  CHECK_THAT(
      problem_of(c),
      Catch::Contains(
          "order.h5: /order: expected int64 [run, epoch, item] of at least [2, 2, 8], got i64 [4, 8]"));
  order[5] = 8;
  write_orders(*c.order_file, order, {2, 2, 8});
  CHECK_THAT(problem_of(c), Catch::Contains("/order: expected items from 0 to 7, got 8"));
}

TEST_CASE("dual stream: items as they stand, where they are not shuffled", "[dual_stream]") {
  Config c = clustering_config();
  c.epochs = 2;
  c.shuffle = false;
  CHECK(orders(c, 1, 4) == std::vector<std::int32_t>{0, 1, 2, 3, 0, 1, 2, 3});
}

TEST_CASE("dual stream: independent random streams belong to the participant", "[dual_stream]") {
  Config c = distribution_config();
  c.rng = Rng::fast;
  c.n_runs = 5;
  c.epochs = 2;
  Simulation together(c), alone(c, true, 3, 4);
  for (const std::size_t epoch : {0, 1})
    CHECK(together.run(epoch, 0, 100)[3].values == alone.run(epoch, 0, 100)[0].values);
  Config fewer = c;  // neither more participants nor more epochs change them
  fewer.n_runs = 4;
  fewer.epochs = 1;
  Simulation other(fewer), fresh(c);
  CHECK(other.run(0, 0, 100)[3].values == fresh.run(0, 0, 100)[3].values);

  const auto states = initial_states(c, 1, together.model, together.layout, 1);
  CHECK(states[0] != states[1]);
  const auto all = orders(c, 1, 100);
  CHECK_FALSE(std::equal(all.begin(), all.begin() + 200, all.begin() + 200));
  for (auto epoch = all.begin(); epoch != all.end(); epoch += 100) {
    std::vector<std::int32_t> sorted(epoch, epoch + 100);
    std::ranges::sort(sorted);
    for (std::int32_t i = 0; i < 100; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
  }
  CHECK(orders(c, 2, 100) != all);
}

TEST_CASE("dual stream: items from HDF5, of any numeric type, and their mistakes", "[dual_stream]") {
  const TemporaryDirectory folder;
  const auto file = folder / "items.h5";
  const auto written = [&](const std::vector<double>& x, const Shape& shape,
                           const std::vector<std::uint8_t>& label) {
    Hdf5Writer writer(file);
    writer.dataset<double>("/x", x, shape, {"item,feature", "", ""});
    writer.dataset<std::uint8_t>("/class", label, {std::ssize(label)}, {"item", "", ""});
    writer.close();
  };
  const auto problem = [&]() -> std::string {
    try {
      read_stimuli(file);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  written({0.5, 1, -2, 0.3, 1, 1}, {3, 2}, {0, 2, 1});
  const Stimuli s = read_stimuli(file);
  CHECK((s.D == 2 && s.K == 3 && s.items() == 3));
  CHECK(s.x == std::vector<float>{0.5f, 1, -2, 0.3f, 1, 1});
  CHECK(s.problems[0].label == std::vector<std::int32_t>{0, 2, 1});
  written({0.5, 1, -2, NAN}, {2, 2}, {0, 1});
  CHECK_THAT(problem(), Catch::Contains("items.h5: /x: expected finite numbers, got nan for item 1"));
  written({0.5, 1, -2, 0}, {4}, {0, 1, 0, 1});
  CHECK_THAT(problem(), Catch::Contains("/x: expected [item, feature], got [4]"));
  written({0.5, 1, -2, 0}, {2, 2}, {0, 1, 1});
  CHECK_THAT(problem(), Catch::Contains("/class: expected [2], got [3]"));
}

}  // namespace tsd::dual_stream::test
