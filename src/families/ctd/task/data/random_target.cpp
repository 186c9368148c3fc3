#include "families/ctd/task/data/random_target.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace tsd::ctd_task {

using namespace ctd;

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kGoCue = 0.15;
constexpr float kMoveBumpReach = 0.4f;  // m, away from the body
constexpr double kFullTrialEpoch = 200;
constexpr int kContext = 3;  // target x, target y, go cue

// What the legacy stream says about a trial.
struct Draws {
  bool is_catch = false, bump = false;
  std::int64_t target_on = 30, go = 70, bump_time = 0, bump_duration = 0;
  double bump_theta = 0, bump_magnitude = 0;
  double start[2] = {}, goal[2] = {};  // rad: shoulder, elbow
};

// The push is along x, from either side.
Draws draw_move_bump(NumpyLegacy& stream) {
  Draws d;
  d.bump = true;
  d.target_on = 10, d.go = 50, d.bump_time = 60, d.bump_duration = 10;
  const bool leftward = stream.random_sample() < 0.5;
  d.bump_magnitude = leftward ? stream.uniform(-40, -15) : stream.uniform(15, 40);
  d.start[0] = 100 * kDegree, d.start[1] = 120 * kDegree;
  return d;
}

bool coin(NumpyLegacy& stream, double p_false) {
  const double p[] = {p_false, 1 - p_false};
  return stream.choice(p) == 1;
}

void draw_posture(NumpyLegacy& stream, double (&q)[2]) {
  q[0] = stream.uniform(30, 105) * kDegree;
  q[1] = stream.uniform(30, 125) * kDegree;
}

Draws draw(const RandomTarget& task, int T, NumpyLegacy& stream) {
  Draws d;
  if (!task.is_aligned) d.is_catch = coin(stream, 0.8);
  d.bump = coin(stream, 0.5);
  const bool move_bump = coin(stream, 0.5);
  if (task.is_aligned) {
    d.bump_time = move_bump ? stream.randint(d.go, d.go + 40) : stream.randint(0, 67);
  } else {
    d.target_on = stream.randint(10, 30);
    d.go = stream.randint(d.target_on + 5, T);
    d.bump_time = move_bump ? stream.randint(d.go, d.go + 40) : stream.randint(0, T - 30);
  }
  d.bump_duration = stream.randint(15, 30);
  d.bump_theta = stream.uniform(0, 2 * std::numbers::pi);
  d.bump_magnitude = stream.uniform(task.bump_mag_low, task.bump_mag_high);
  draw_posture(stream, d.start);
  draw_posture(stream, d.goal);
  if (d.is_catch) d.go = -1;
  return d;
}

std::array<float, 2> hand_at(const double (&q)[2]) {
  return fingertip(static_cast<float>(q[0]), static_cast<float>(q[1]));
}

Trial make(const RandomTarget& task, const Draws& d, int T) {
  Trial trial;
  const auto steps = static_cast<std::size_t>(T);
  trial.ics = {d.start[0], d.start[1], 0, 0};
  trial.extra = {static_cast<double>(d.target_on), static_cast<double>(d.go)};
  trial.cond = d.is_catch;
  trial.true_inputs.assign(steps * kContext, 0);
  trial.targets.resize(steps * 2);
  trial.inputs_to_env.assign(steps * 2, 0);
  const auto start = hand_at(d.start);
  const auto goal = task.move_bump ? std::array{start[0], start[1] + kMoveBumpReach} : hand_at(d.goal);
  const std::int64_t lit_until = d.is_catch ? T - 1 : d.go;
  for (std::int64_t t = 0; t < T; ++t) {
    const auto at = static_cast<std::size_t>(t);
    const bool moves = !d.is_catch && t >= d.go;
    for (std::size_t c = 0; c < 2; ++c) trial.targets[2 * at + c] = moves ? goal[c] : start[c];
    if (t >= d.target_on && t < lit_until)
      for (std::size_t c = 0; c < 2; ++c) trial.true_inputs[kContext * at + c] = goal[c];
    if (moves) trial.true_inputs[kContext * at + 2] = kGoCue;
    if (d.bump && t >= d.bump_time && t < d.bump_time + d.bump_duration) {
      trial.inputs_to_env[2 * at] = d.bump_magnitude * std::cos(d.bump_theta);
      trial.inputs_to_env[2 * at + 1] = d.bump_magnitude * std::sin(d.bump_theta);
    }
  }
  return trial;
}

}  // namespace

TaskShape RandomTarget::shape() const {
  TaskShape s;
  s.T = static_cast<int>(std::floor(max_ep_duration / kArmStep + 1e-9));
  s.inputs = kContext;
  s.targets = s.inputs_to_env = s.extra = 2;
  s.ics = 4;
  s.observations = kObservations;
  s.actions = kMuscles;
  return s;
}

// The noise of all trials is drawn after the last of them.
void generate(const RandomTarget& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink) {
  const int T = task.shape().T;
  std::vector<Draws> draws;
  for (std::int64_t i = 0; i < n_samples; ++i)
    draws.push_back(task.move_bump ? draw_move_bump(stream) : draw(task, T, stream));
  std::vector<double> gaussians(static_cast<std::size_t>(T) * kContext);
  for (std::int64_t i = 0; i < n_samples; ++i) {
    Trial trial = make(task, draws[static_cast<std::size_t>(i)], T);
    stream.gauss(gaussians.size(), gaussians.data(), 1);
    trial.inputs.resize(gaussians.size());
    for (std::size_t k = 0; k < gaussians.size(); ++k)
      trial.inputs[k] = trial.true_inputs[k] + task.context_input_noise * gaussians[k];
    sink(i, trial);
  }
}

int curriculum_steps(int T, std::int64_t epoch) {
  const double share = std::min(1.0, static_cast<double>(epoch) / kFullTrialEpoch);
  return static_cast<int>(std::ceil(T * share));
}

}  // namespace tsd::ctd_task
