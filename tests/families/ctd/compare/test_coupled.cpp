// A network with its arm in closed loop: where it rests under constant commands (scripts/reference/oracles/ctd/coupled.py),
// and how its state changes.
#include "families/ctd/compare/fixed_points/levenberg.hpp"
#include "families/ctd/compare/fixed_points/system.hpp"
#include "families/ctd/compare/made_up.hpp"

namespace tsd::compare {
namespace {

using math::DenseD;

constexpr int kUnits = 2, kShown = 3, kInputs = ctd::kObservations + kShown;

// Units that are silent without input; weights as given.
nn::CellParameters gru(double scale) {
  nn::CellParameters p;
  p.weight_ih = DenseD(3 * kUnits, kInputs), p.weight_hh = DenseD(3 * kUnits, kUnits);
  for (DenseD* m : {&p.weight_ih, &p.weight_hh})
    for (std::size_t k = 0; k < m->size(); ++k) m->values[k] = scale * std::sin(1.7 * double(k));
  p.bias_ih.assign(3 * kUnits, 0), p.bias_hh.assign(3 * kUnits, 0);
  return p;
}

Effector effector(std::vector<double> commands, double scale = 0) {
  Effector e{{}, DenseD(ctd::kMuscles, kUnits), std::move(commands)};
  for (std::size_t k = 0; k < e.readout.size(); ++k) e.readout.values[k] = scale * std::cos(double(k));
  return e;
}

Series series(int width, std::vector<float> values) {
  const auto trials = static_cast<std::int64_t>(values.size()) / width;
  return {trials, 1, width, std::move(values)};
}

// At a posture, with commands.
DenseD state_of(const Effector& e, std::vector<float> joints, std::vector<float> commands) {
  const Series all = coupled_states(e, series(kUnits, {0.3f, -0.2f}), series(4, std::move(joints)),
                                    series(ctd::kMuscles, std::move(commands)));
  DenseD z(1, all.width);
  std::ranges::copy(all.values, z.data());
  return z;
}

}  // namespace

TEST_CASE("coupled: an arm under constant commands rests where no torque is left", "[coupled]") {
  const nn::CellParameters cell = gru(0);
  const auto check = [&](const std::vector<double>& commands, const std::array<double, 2>& joints,
                         const std::array<double, 2>& hand) {
    const Effector e = effector(commands);
    const System system(cell, &e);
    REQUIRE(system.units() == kUnits + 30 + 4 * 2 + 12);  // the arm's, four looks and one feeling before
    REQUIRE(system.inputs() == kShown);
    const DenseD start = state_of(e, {0.5f, 1.9f, 0.2f, -0.1f}, {0, 0.2f, 0, 0, 0.3f, 0});
    LevenbergMarquardt search(system, start, DenseD(1, kShown));
    for (int k = 0; k < 3; ++k) search.advance(0, 100);
    CHECK(search.q()[0] < 1e-10);
    const DenseD z = search.ends();
    // The arm is in single precision: torques of 10 N m are off by 1e-6, and 0.3 N m turn a joint by a radian here.
    for (int j = 0; j < 2; ++j) {
      CHECK(z(0, kUnits + j) == Approx(joints[std::size_t(j)]).margin(1e-5));
      CHECK(z(0, kUnits + 2 + j) == Approx(0).margin(1e-5));
      CHECK(z(0, system.hand() + j) == Approx(hand[std::size_t(j)]).margin(1e-5));
      CHECK(z(0, j) == Approx(0).margin(1e-9));  // the units' own rest
    }
    for (int m = 0; m < ctd::kMuscles; ++m)
      CHECK(z(0, kUnits + ctd::kActivation + m) == Approx(commands[std::size_t(m)]).margin(1e-6));
  };
  check({0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, {0.1336023661198751, 2.289549644526819},
        {0.0555529383734914, 0.2603448680718985});
  check({0.2, 0.1, 0.3, 0.1, 0.1, 0.1}, {0.6716871329769676, 2.416558859524864},
        {-0.09064946037797136, 0.21004903529714314});
}

TEST_CASE("coupled: Jacobians are central differences", "[coupled]") {
  const nn::CellParameters cell = gru(0.6);
  const Effector e = effector({0.3, 0.2, 0.25, 0.3, 0.15, 0.2}, 0.1);
  const System system(cell, &e);
  const auto dynamics = GENERATE(false, true) ? system.smooth_dynamics<double>() : system.dynamics<double>();
  const int D = system.units();
  const DenseD z = state_of(e, {0.8f, 1.6f, 0.3f, -0.2f}, {0.2f, 0.3f, 0.2f, 0.1f, 0.3f, 0.2f});
  DenseD shown(1, kShown), next;
  for (int j = 0; j < kShown; ++j) shown(0, j) = 0.2 * j - 0.1;
  nn::Dynamics<double>::Tape tape;
  dynamics->step(dynamics->project(shown), z, next, tape);
  const DenseD J = dynamics->jacobian(z, 0, tape), of_shown = dynamics->input_jacobian(z, 0, tape);
  // In single precision a difference over 2e-3 is known to 1e-4 of numbers near 1; what bends adds as much.
  constexpr double kStep = 1e-3, kRounding = 1e-3;
  const auto after = [&](const DenseD& state, const DenseD& inputs) {
    DenseD to;
    nn::Dynamics<double>::Tape unused;
    dynamics->step(dynamics->project(inputs), state, to, unused);
    return to;
  };
  for (int j = 0; j < D; ++j) {
    CAPTURE(j);
    DenseD up = z, down = z;
    up(0, j) += kStep, down(0, j) -= kStep;
    const DenseD above = after(up, shown), below = after(down, shown);
    for (int i = 0; i < D; ++i)
      CHECK(J(i, j) == Approx((above(0, i) - below(0, i)) / (2 * kStep)).margin(kRounding));
  }
  for (int j = 0; j < kShown; ++j) {
    DenseD up = shown, down = shown;
    up(0, j) += kStep, down(0, j) -= kStep;
    const DenseD above = after(z, up), below = after(z, down);
    for (int i = 0; i < D; ++i)
      CHECK(of_shown(i, j) == Approx((above(0, i) - below(0, i)) / (2 * kStep)).margin(kRounding));
  }
}

namespace {

Array some(Shape shape, std::vector<float> row) {
  std::vector<float> all;
  while (static_cast<std::int64_t>(all.size()) < count(shape)) all.insert(all.end(), row.begin(), row.end());
  return make_array<float>("", std::span<const float>(all), std::move(shape));
}

void write_cell(Hdf5Writer& file) {
  const std::string group = "/runs/0/params/cell.";
  file.dataset(group + "weight_ih", some({3 * kUnits, kInputs}, {0}), {});
  file.dataset(group + "weight_hh", some({3 * kUnits, kUnits}, {0}), {});
  for (const char* bias : {"bias_ih", "bias_hh"}) file.dataset(group + bias, some({3 * kUnits}, {0}), {});
}

// Reaches of an arm whose network is silent; as if its targets were where it comes to rest, 3 cm away in y.
struct Reaches : Case {
  Reaches() : Case(of_reaches(), external()) {
    config.reference.task_model = (folder / "network").string();
    std::filesystem::create_directories(folder / "network");
    write(folder / "network/results.h5", {}, [](Hdf5Writer& file) {
      write_cell(file);
      file.dataset("/runs/0/params/readout.weight", some({ctd::kMuscles, kUnits}, {0}), {});
      file.dataset("/runs/0/params/readout.bias", some({ctd::kMuscles}, {0.1f}), {});
      file.attribute("/runs", "task", "RandomTarget");
      file.text("/provenance/config_yaml",
                "{task: RandomTarget, random_target: {vision_delay: 0.03, muscle: MujocoHillMuscle}}", {});
    });
    FixedPointSettings& f = config.fixed_points;
    f.coupled = true, f.method = SearchMethod::levenberg_marquardt, f.max_iters = 300, f.n_inits = 4;
    f.q_thresh = 1e-8, f.inputs = {"trials"}, f.vectors = {{0.1, 0.2, 0.15}};
  }
  static Datasets of_reaches() {
    Datasets all = recording();
    for (const auto& [part, n] : {std::pair<std::string, int>{"/train_", 6}, {"/valid_", 3}}) {
      all[part + "latents"] = numbers({n, 8, kUnits}), all[part + "inputs"] = numbers({n, 8, kInputs});
      all[part + "joints"] = some({n, 8, 4}, {0.5f, 1.9f, 0.1f, 0});
      all[part + "actions"] = some({n, 8, ctd::kMuscles}, {0.1f, 0.2f, -0.1f});
      all[part + "true_inputs"] = some({n, 8, kShown}, {0.3f, 0.4f, 0.15f});
      all[part + "targets"] = some({n, 8, 2}, {0.0555529f, 0.2903449f});
    }
    return all;
  }
};

}  // namespace

TEST_CASE("coupled: a comparison finds where the hand rests, and how far from its target", "[coupled]") {
  Reaches c;
  const Hdf5Reader file(results_of(c)), again(results_of(c, 5));
  CHECK(file.exists("/fp/reference/trials"));
  CHECK_FALSE(file.exists("/fp/reference/vector_0"));
  for (const std::string input : {"trials_coupled", "vector_0_coupled"}) {
    const std::string group = "/fp/reference/" + input + "/";
    CHECK(file.dataset(group + "xstar").shape == Shape{4, kUnits + 30 + 2 * 2 + 12});
    CHECK(file.dataset(group + "inputs").shape == Shape{4, kShown});
    for (const double q : values(file, group + "q_final")) CHECK(q < 1e-8);
    const auto hand = values(file, group + "hand"), target = values(file, group + "target");
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(hand[2 * i] == Approx(0.0555529).margin(1e-5));
      CHECK(hand[2 * i + 1] == Approx(0.2603449).margin(1e-5));
      CHECK(target[2 * i + 1] == Approx(0.2903449));
      CHECK(values(file, group + "from_target")[i] == Approx(0.03).margin(2e-5));
    }
    CHECK(values(again, group + "xstar") == values(file, group + "xstar"));
  }
}

// Target on at step 2, cue at step 5.
TEST_CASE("coupled: the input of a phase is what the task shows at its first step", "[coupled]") {
  Reaches c;
  Datasets timed = Reaches::of_reaches();
  timed["/valid_timing"] = some({3, 2}, {2, 5});
  std::ranges::copy(std::array{0.0f, 0.1f, 0.2f},
                    timed["/valid_true_inputs"].as<float>().begin() + 5 * kShown);
  write(c.folder / "recording.h5", timed);
  FixedPointSettings& f = c.config.fixed_points;
  f.inputs = {"phase"}, f.vectors = {}, f.phases = {"after_cue"}, f.max_iters = 3;
  const Hdf5Reader file(results_of(c));
  CHECK_FALSE(file.exists("/fp/reference/phase"));
  const auto inputs = values(file, "/fp/reference/phase_coupled/inputs");
  REQUIRE(inputs.size() == 4 * kShown);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    CHECK(inputs[k] == Approx(0.1 * double(k % 3)).margin(1e-7));
}

TEST_CASE("coupled: what tells of no arm is refused in one line", "[coupled]") {
  Reaches c;
  CHECK(c.refusal() == "");
  Datasets flat = Reaches::of_reaches();
  flat.erase("/valid_actions");
  write(c.folder / "recording.h5", flat);
  CHECK_THROWS_WITH(results_of(c),
                    Catch::Contains("/valid_actions is missing: expected a recording of reaches"));
  write(c.folder / "network/results.h5", {}, [](Hdf5Writer& file) {
    write_cell(file);
    file.attribute("/runs", "task", "NBFF");
    file.text("/provenance/config_yaml", "{task: NBFF, seed: 0}", {});
  });
  CHECK_THAT(c.refusal(), Catch::Contains("with task RandomTarget as reference.task_model"));
}

}  // namespace tsd::compare
