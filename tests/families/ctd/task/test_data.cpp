// Tables of ctd_task.md 11.2 to 11.4, which the reference's generators gave.
#include <map>
#include <numeric>

#include "families/ctd/task/data/dataset.hpp"
#include "support/catch.hpp"

namespace tsd::ctd_task {
namespace {

struct Sums {
  double inputs = 0, squares = 0, true_inputs = 0, targets = 0, ics = 0;
  std::vector<double> extra;
  std::int64_t plus = 0, minus = 0, changes = 0, forced = 0, catches = 0;

  void add(const Trial& trial, int outputs) {
    for (const double x : trial.inputs) inputs += x, squares += x * x;
    for (const double x : trial.true_inputs) true_inputs += x, plus += x == 1, minus += x == -1;
    const auto n = static_cast<std::size_t>(outputs);
    for (std::size_t k = 0; k < trial.targets.size(); ++k) {
      targets += trial.targets[k];
      changes += trial.targets[k] != (k < n ? 0 : trial.targets[k - n]);
    }
    for (const double x : trial.ics) ics += x;
    extra.resize(trial.extra.size());
    for (std::size_t k = 0; k < extra.size(); ++k) extra[k] += trial.extra[k];
    forced +=
        std::any_of(trial.inputs_to_env.begin(), trial.inputs_to_env.end(), [](double f) { return f != 0; });
    catches += trial.cond;
  }
};

struct Generated {
  Sums sums;
  std::map<std::int64_t, Trial> kept;
};
Generated generated(const Task& task, std::int64_t n_samples, std::uint32_t seed,
                    const std::vector<std::int64_t>& keep) {
  Generated g;
  NumpyLegacy stream(seed);
  generate(task, n_samples, stream, [&](std::int64_t i, const Trial& trial) {
    g.sums.add(trial, shape_of(task).targets);
    if (std::find(keep.begin(), keep.end(), i) != keep.end()) g.kept[i] = trial;
  });
  return g;
}

std::vector<std::int64_t> first(const std::vector<std::int64_t>& values, std::size_t n) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n)};
}

// Mean over all elements of weight * (target - output)^2.
template <class Output>
double mean_loss(const Dataset& data, const Output& output) {
  double sum = 0;
  for (std::size_t k = 0; k < data.targets.size(); ++k) {
    const double error = data.targets[k] - output(k);
    sum += data.weights[k] * error * error;
  }
  return sum / static_cast<double>(data.targets.size());
}
double sum_of(const std::vector<std::uint8_t>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

using Pulse = std::array<int, 3>;  // step, bit, sign
std::vector<Pulse> pulses(const Trial& trial, std::size_t n, std::size_t most) {
  std::vector<Pulse> found;
  for (std::size_t k = 0; k < trial.true_inputs.size() && found.size() < most; ++k)
    if (trial.true_inputs[k] != 0)
      found.push_back({static_cast<int>(k / n), static_cast<int>(k % n), trial.true_inputs[k] > 0 ? 1 : -1});
  return found;
}

}  // namespace

TEST_CASE("ctd data: the flip-flop of seed 0", "[ctd_task]") {
  const Nbff task;
  const auto g = generated(task, 1000, 0, {0, 999});
  CHECK(g.sums.plus == 14946);
  CHECK(g.sums.minus == 15057);
  CHECK(g.sums.targets == 672489);
  CHECK(g.sums.changes == 15059);
  CHECK(g.sums.inputs == Approx(-18.8008136448).margin(1e-9));
  CHECK(g.sums.squares == Approx(63792.1688008).margin(1e-6));
  CHECK(pulses(g.kept.at(0), 3, 4) == std::vector<Pulse>{{33, 0, -1}, {49, 2, 1}, {70, 0, 1}, {140, 1, 1}});
  CHECK(g.kept.at(0).inputs[0] == Approx(0.18320774391887976).epsilon(1e-15));
  CHECK(g.kept.at(0).inputs[1] == Approx(-0.0289262742815947).epsilon(1e-15));
  CHECK(g.kept.at(0).inputs[2] == Approx(-0.004997892426772943).epsilon(1e-15));
  CHECK(g.kept.at(999).inputs[499 * 3 + 2] == Approx(-0.08253109999814286).epsilon(1e-15));

  const Split split = make_split(task, 1000, 0, false);
  CHECK(first(split.train.index, 5) == std::vector<std::int64_t>{687, 500, 332, 979, 817});
  CHECK(first(split.valid.index, 5) == std::vector<std::int64_t>{993, 859, 298, 553, 672});
  CHECK(mean_loss(split.valid, [](std::size_t) { return 0.0; }) == Approx(0.42309).margin(5e-9));
  CHECK(mean_loss(split.valid, [](std::size_t) { return 0.5; }) == Approx(0.23774).margin(5e-9));
  CHECK(sum_of(split.valid.weights) / static_cast<double>(split.valid.weights.size()) ==
        Approx(0.95096).margin(5e-9));
  CHECK(mean_loss(split.valid, [&](std::size_t k) {
          return k % 1500 < 3 ? 0.0 : static_cast<double>(split.valid.targets[k - 3]);
        }) == Approx(0.00949667).margin(5e-9));
}

TEST_CASE("ctd data: the flip-flop of seed 100", "[ctd_task]") {
  const auto g = generated(Nbff{}, 1000, 100, {0, 999});
  CHECK(g.sums.plus == 14918);
  CHECK(g.sums.minus == 14857);
  CHECK(g.sums.targets == 674013);
  CHECK(g.sums.changes == 14864);
  CHECK(g.sums.inputs == Approx(25.5530060585).margin(1e-9));
  CHECK(g.sums.squares == Approx(63480.2143064).margin(1e-6));
  CHECK(pulses(g.kept.at(0), 3, 5) ==
        std::vector<Pulse>{{8, 2, -1}, {27, 2, 1}, {41, 0, -1}, {45, 2, 1}, {46, 0, 1}});
  CHECK(g.kept.at(0).inputs[0] == Approx(-0.03068846677).margin(1e-11));
  CHECK(g.kept.at(0).inputs[1] == Approx(-0.13552810887).margin(1e-11));
  CHECK(g.kept.at(0).inputs[2] == Approx(-0.10616820123).margin(1e-11));
  CHECK(g.kept.at(999).inputs[499 * 3 + 2] == Approx(0.02174645403952453).epsilon(1e-15));
  const Split split = make_split(Nbff{}, 1000, 100, false);
  CHECK(first(split.train.index, 5) == std::vector<std::int64_t>{675, 358, 159, 533, 678});
  CHECK(first(split.valid.index, 5) == std::vector<std::int64_t>{249, 353, 537, 424, 564});
  CHECK(mean_loss(split.valid, [](std::size_t) { return 0.0; }) == Approx(0.4292).margin(5e-9));
  CHECK(mean_loss(split.valid, [](std::size_t) { return 0.5; }) == Approx(0.23808083).margin(5e-9));
}

// scripts/reference/oracles/ctd/task_data.py
TEST_CASE("ctd data: a flip-flop with stimulation", "[ctd_task]") {
  Nbff task;
  task.stim = true;
  const auto g = generated(task, 200, 3, {});
  CHECK(g.sums.inputs == Approx(50041.118379860).margin(1e-6));
  CHECK(g.sums.squares == Approx(67243.1097559).margin(1e-6));
  CHECK(g.sums.targets == 133098);
}

TEST_CASE("ctd data: the flip-flop's mask", "[ctd_task]") {
  Nbff task;
  task.n = 1;
  std::vector<double> targets(20);
  std::fill(targets.begin() + 8, targets.begin() + 14, 1.0);
  std::string mask;
  for (const auto weight : loss_weights(task, targets)) mask += static_cast<char>('0' + weight);
  CHECK(mask == "00000111100001100001");
}

namespace {

// env_task's order of the reference.
const std::vector<std::string> kTrainingOrder = {"DelayPro",
                                                 "MemoryPro",
                                                 "ReactPro",
                                                 "DelayAnti",
                                                 "MemoryAnti",
                                                 "ReactAnti",
                                                 "IntMod1",
                                                 "IntMod2",
                                                 "ContextIntMod1",
                                                 "ContextIntMod2",
                                                 "ContextIntMultimodal",
                                                 "Match2Sample",
                                                 "NonMatch2Sample",
                                                 "MatchCatPro",
                                                 "MatchCatAnti"};

std::vector<int> bounds_of(const Trial& trial) {
  std::vector<int> bounds;
  for (const Phase& phase : trial.phases)
    if (phase.end >= 0) bounds.push_back(phase.end);
  return bounds;
}

}  // namespace

TEST_CASE("ctd data: fifteen tasks, training data of seed 0", "[ctd_task]") {
  MultiTask task;
  task.task_list = kTrainingOrder;
  std::vector<std::int64_t> keep;
  for (std::int64_t k = 0; k < 15; ++k) keep.push_back(1000 * k);
  const auto g = generated(task, 1000, 0, keep);
  CHECK(g.sums.inputs == Approx(4122757.625).margin(6e-4));
  CHECK(g.sums.true_inputs == Approx(4120184.508).margin(6e-4));
  CHECK(g.sums.targets == Approx(1431479.95936).margin(6e-6));
  CHECK(g.sums.extra == std::vector<double>{1753683, 2169131});
  const auto trial = [&](const char* name) -> const Trial& {
    return g.kept.at(
        1000 * (std::find(kTrainingOrder.begin(), kTrainingOrder.end(), name) - kTrainingOrder.begin()));
  };
  CHECK(bounds_of(trial("DelayPro")) == std::vector<int>{27, 84, 99});
  CHECK(trial("DelayPro").inputs[0] == Approx(1.02125777738).margin(1e-11));
  CHECK(bounds_of(trial("MemoryPro")) == std::vector<int>{25, 97, 126, 141});
  CHECK(trial("MemoryPro").inputs[0] == Approx(0.914068316581).margin(1e-12));
  CHECK(bounds_of(trial("ReactPro")) == std::vector<int>{37, 97});
  CHECK(bounds_of(trial("IntMod1")) == std::vector<int>{11, 70, 146, 217, 229, 260});
  CHECK(trial("IntMod1").targets[3 * 229 + 1] == Approx(0.526506936).margin(1e-9));
  CHECK(trial("IntMod1").targets[3 * 229 + 2] == Approx(-0.850170834).margin(1e-9));
  CHECK(bounds_of(trial("IntMod2")) == std::vector<int>{29, 69, 136, 198, 209, 226});
  CHECK(bounds_of(trial("ContextIntMod1")) == std::vector<int>{12, 56, 90, 130, 135, 168});
  CHECK(trial("ContextIntMod1").targets[3 * 135 + 1] == Approx(-0.474395986).margin(1e-9));
  CHECK(trial("ContextIntMod1").targets[3 * 135 + 2] == Approx(0.880311563).margin(1e-9));
  CHECK(bounds_of(trial("ContextIntMod2")) == std::vector<int>{14, 84, 149, 176, 184, 203});
  CHECK(bounds_of(trial("ContextIntMultimodal")) == std::vector<int>{11, 90, 117, 146, 152, 169});
  CHECK(bounds_of(trial("Match2Sample")) == std::vector<int>{20, 57, 72, 102});
  CHECK(bounds_of(trial("NonMatch2Sample")) == std::vector<int>{11, 89, 125, 147});
  CHECK(bounds_of(trial("MatchCatPro")) == std::vector<int>{18, 53, 111, 133});
  CHECK(bounds_of(trial("MatchCatAnti")) == std::vector<int>{16, 65, 143, 170});
}

TEST_CASE("ctd data: fifteen tasks, training split and batches of seed 0", "[ctd_task]") {
  MultiTask task;
  task.task_list = kTrainingOrder;
  Split split = make_split(task, 1000, 0, false);
  CHECK(first(split.valid.index, 5) == std::vector<std::int64_t>{1670, 13379, 10234, 4719, 7003});
  std::vector<int> counts(15);
  for (const auto cond : split.train.conds) ++counts[static_cast<std::size_t>(cond)];
  CHECK(counts ==
        std::vector<int>{798, 807, 816, 818, 797, 780, 808, 807, 808, 771, 808, 792, 790, 795, 805});
  // Sums over steps and outputs, mean over trials and outputs.
  const double T = 320;
  CHECK(T * mean_loss(split.valid, [](std::size_t) { return 0.0; }) == Approx(63.880001).margin(2e-6));
  CHECK(sum_of(split.valid.weights) / 3 / 3000 == Approx(226.247665).margin(2e-6));

  const Batches batches = grouped_batches(split.train.conds, 64, false, split.stream);
  CHECK(batches.size() == 188);
  for (const auto& batch : batches)
    for (const auto i : batch)
      REQUIRE(split.train.conds[static_cast<std::size_t>(i)] ==
              split.train.conds[static_cast<std::size_t>(batch[0])]);
  CHECK(grouped_batches(split.train.conds, 64, true, split.stream).size() == 195);
}

TEST_CASE("ctd data: fifteen tasks, simulation data of seed 100", "[ctd_task]") {
  const MultiTask task;
  const auto& order = multitask_names();
  std::vector<std::int64_t> keep;
  for (std::int64_t k = 0; k < 15; ++k) keep.push_back(500 * k);
  const auto g = generated(task, 500, 100, keep);
  CHECK(g.sums.inputs == Approx(2072570.116).margin(6e-4));
  CHECK(g.sums.true_inputs == Approx(2073791.087).margin(6e-4));
  CHECK(g.sums.targets == Approx(721073.743385).margin(1e-6));
  CHECK(g.sums.extra == std::vector<double>{881374, 1089857});
  const auto trial = [&](const char* name) -> const Trial& {
    return g.kept.at(500 * (std::find(order.begin(), order.end(), name) - order.begin()));
  };
  CHECK(bounds_of(trial("DelayPro")) == std::vector<int>{23, 57, 75});
  CHECK(trial("DelayPro").inputs[0] == Approx(1.34591074077).margin(1e-11));
  CHECK(bounds_of(trial("MemoryPro")) == std::vector<int>{28, 57, 70, 96});
  CHECK(bounds_of(trial("ReactPro")) == std::vector<int>{119, 170});
  CHECK(bounds_of(trial("IntMod1")) == std::vector<int>{25, 74, 107, 121, 131, 147});
  CHECK(trial("IntMod1").targets[3 * 131 + 1] == Approx(-0.707106781).margin(1e-9));
  CHECK(trial("IntMod2").targets[3 * 171 + 1] == Approx(0.961797412).margin(1e-9));
  CHECK(trial("IntMod2").targets[3 * 171 + 2] == Approx(0.273762194).margin(1e-9));
  CHECK(trial("ContextIntMod1").targets[3 * 164 + 1] == Approx(0.980785280).margin(1e-9));
  CHECK(bounds_of(trial("ContextIntMod2")) == std::vector<int>{15, 32, 60, 73, 78, 95});
  CHECK(bounds_of(trial("ContextIntMultimodal")) == std::vector<int>{25, 73, 120, 130, 144, 168});
  CHECK(bounds_of(trial("Match2Sample")) == std::vector<int>{10, 75, 101, 128});
  CHECK(bounds_of(trial("NonMatch2Sample")) == std::vector<int>{25, 89, 118, 152});
  CHECK(bounds_of(trial("MatchCatPro")) == std::vector<int>{29, 77, 142, 171});
  CHECK(bounds_of(trial("MatchCatAnti")) == std::vector<int>{13, 52, 63, 93});

  const Split split = make_split(task, 500, 100, false);
  CHECK(first(split.valid.index, 5) == std::vector<std::int64_t>{6925, 5312, 7274, 3488, 1142});
  std::vector<int> counts(15);
  for (const auto cond : split.valid.conds) ++counts[static_cast<std::size_t>(cond)];
  CHECK(counts == std::vector<int>{99, 96, 94, 96, 94, 112, 100, 119, 86, 90, 97, 105, 106, 102, 104});
  CHECK(320 * mean_loss(split.valid, [](std::size_t) { return 0.0; }) == Approx(64.101776).margin(2e-6));
  CHECK(sum_of(split.valid.weights) / 3 / 1500 == Approx(225.785339).margin(2e-6));
}

TEST_CASE("ctd data: the longest trial that a list of tasks may have", "[ctd_task]") {
  const auto longest = [](const char* name) {
    MultiTask task;
    task.task_list = {name};
    return task.longest_trial();
  };
  CHECK(longest("DelayPro") == 142);
  CHECK(longest("MemoryAnti") == 226);
  CHECK(longest("ReactPro") == 208);
  CHECK(longest("ContextIntMod1") == 314);
  CHECK(longest("MatchCatPro") == 221);
}

TEST_CASE("ctd data: reaches of seed 0", "[ctd_task]") {
  const auto g = generated(RandomTarget{}, 1000, 0, {0, 1});
  CHECK(g.sums.catches == 208);
  CHECK(g.sums.forced == 468);
  CHECK(g.sums.extra == std::vector<double>{19721, 126721});
  CHECK(g.sums.ics == Approx(2554.457251).margin(6e-7));
  const Trial& trial = g.kept.at(0);
  CHECK(trial.inputs[0] == Approx(0.01569549094899319).epsilon(1e-14));
  CHECK(trial.inputs[1] == Approx(-0.044662606582094665).epsilon(1e-14));
  CHECK(trial.inputs[2] == Approx(0.0042495744367973725).epsilon(1e-14));
  CHECK(trial.extra == std::vector<double>{13, 27});
  CHECK(trial.ics[0] == Approx(0.5978358893081672).epsilon(1e-14));
  CHECK(trial.ics[1] == Approx(0.9756800319358007).epsilon(1e-14));
  for (const int t : {45, 46, 65, 66}) {
    const bool pushed = t == 46 || t == 65;
    CHECK(trial.inputs_to_env[2 * t] == Approx(pushed * 6.487673032722361 * std::cos(2.415141495610096)));
    CHECK(trial.inputs_to_env[2 * t + 1] == Approx(pushed * 6.487673032722361 * std::sin(2.415141495610096)));
  }
  CHECK(trial.targets[0] == Approx(0.25450006).margin(6e-8));  // float32
  CHECK(trial.targets[1] == Approx(0.50692099).margin(6e-8));
  CHECK(trial.targets[2 * 27] == Approx(-0.20396052).margin(6e-8));
  CHECK(trial.targets[2 * 27 + 1] == Approx(0.32259271).margin(6e-8));
  CHECK(trial.true_inputs[3 * 12] == 0);
  CHECK(trial.true_inputs[3 * 13] == trial.targets[2 * 27]);
  CHECK(trial.true_inputs[3 * 27] == 0);
  CHECK(trial.true_inputs[3 * 27 + 2] == 0.15);
  CHECK(g.kept.at(1).extra == std::vector<double>{18, 288});
  CHECK(g.kept.at(1).ics[0] == Approx(0.7073175175).margin(1e-10));
  CHECK(g.kept.at(1).ics[1] == Approx(1.9662580822).margin(1e-10));
}

TEST_CASE("ctd data: aligned reaches of seed 100", "[ctd_task]") {
  RandomTarget task;
  task.is_aligned = true;
  task.max_ep_duration = 1.55;
  CHECK(task.shape().T == 155);
  const auto g = generated(task, 1000, 100, {0, 1});
  CHECK(g.sums.forced == 515);
  CHECK(g.sums.catches == 0);
  const Trial& trial = g.kept.at(0);
  CHECK(trial.inputs[0] == Approx(0.011501220645368807).epsilon(1e-13));
  CHECK(trial.inputs[1] == Approx(0.059700119824555226).epsilon(1e-13));
  CHECK(trial.inputs[2] == Approx(-0.02622945452848048).epsilon(1e-13));
  CHECK(trial.ics[0] == Approx(1.401607274339851).epsilon(1e-14));
  CHECK(trial.ics[1] == Approx(1.8929144983570005).epsilon(1e-14));
  CHECK(trial.inputs_to_env[2 * 48] == Approx(5.607845603915571 * std::cos(0.029649447885812245)));
  CHECK(trial.inputs_to_env[2 * 47] == 0);
  CHECK(trial.inputs_to_env[2 * 72] != 0);
  CHECK(trial.inputs_to_env[2 * 73] == 0);
  CHECK(trial.targets[0] == Approx(-0.27708325).margin(6e-8));
  CHECK(trial.targets[1] == Approx(0.25386083).margin(6e-8));
  CHECK(trial.targets[2 * 70] == Approx(0.04536641).margin(6e-8));
  CHECK(trial.targets[2 * 70 + 1] == Approx(0.47281885).margin(6e-8));
  CHECK(g.kept.at(1).targets[0] == Approx(-0.35849607).margin(6e-8));
  CHECK(g.kept.at(1).targets[2 * 154 + 1] == Approx(0.37462127).margin(6e-8));
  CHECK(g.kept.at(1).inputs_to_env[2 * 16] == Approx(6.0984874631 * std::cos(0.6809520858)).margin(1e-9));
}

// scripts/reference/oracles/ctd/task_data.py
TEST_CASE("ctd data: reaches that are pushed on their way", "[ctd_task]") {
  RandomTarget task;
  task.max_ep_duration = 1.55, task.move_bump = true;
  NumpyLegacy stream(3);
  double forces = 0, squares = 0, inputs = 0;
  generate(task, 200, stream, [&](std::int64_t i, const Trial& trial) {
    for (const double f : trial.inputs_to_env) forces += f, squares += f * f;
    for (const double x : trial.inputs) inputs += x;
    if (i > 0) return;
    CHECK(trial.inputs_to_env[2 * 59] == 0);
    CHECK(trial.inputs_to_env[2 * 60] == Approx(32.703695565453).epsilon(1e-12));
    CHECK(trial.inputs_to_env[2 * 70] == 0);
    CHECK(trial.inputs[0] == Approx(0.080786025683814).epsilon(1e-12));
    CHECK(trial.targets[2 * 49] == Approx(-0.30875006).margin(1e-7));
    CHECK(trial.targets[2 * 49 + 1] == Approx(0.09025726).margin(1e-7));
    CHECK(trial.targets[2 * 50 + 1] == Approx(0.49025726).margin(1e-7));
    CHECK(trial.extra == std::vector<double>{10, 50});
    CHECK(trial.cond == 0);
  });
  CHECK(forces == Approx(-242.951652264).margin(1e-6));
  CHECK(squares == Approx(1618121.733888).margin(1e-3));
  CHECK(inputs == Approx(4593.2027161).margin(1e-3));  // positions in single precision
}

TEST_CASE("ctd data: staying at the start", "[ctd_task]") {
  const auto error = [](const Dataset& data) {
    double sum = 0;
    for (std::size_t k = 0; k < data.targets.size(); ++k) {
      const auto trial = k / (2 * static_cast<std::size_t>(data.shape.T));
      const double d =
          data.targets[k] - data.targets[2 * trial * static_cast<std::size_t>(data.shape.T) + k % 2];
      sum += d * d;
    }
    return sum / static_cast<double>(data.targets.size());
  };
  CHECK(error(make_split(RandomTarget{}, 1000, 0, false).valid) == Approx(0.015542).margin(1e-6));
  RandomTarget aligned;
  aligned.is_aligned = true, aligned.max_ep_duration = 1.55;
  CHECK(error(make_split(aligned, 1000, 100, false).valid) == Approx(0.026767).margin(1e-6));
}

// ctd_task.md 11.10
TEST_CASE("ctd data: curriculum of the position loss", "[ctd_task]") {
  const std::map<int, int> steps = {{0, 0},     {1, 2},     {2, 3},     {14, 22},   {28, 43},
                                    {34, 52},   {56, 85},   {68, 103},  {100, 150}, {112, 169},
                                    {136, 205}, {162, 244}, {199, 299}, {200, 300}, {1000, 300}};
  for (const auto& [epoch, expected] : steps) CHECK(curriculum_steps(300, epoch) == expected);
}

}  // namespace tsd::ctd_task
