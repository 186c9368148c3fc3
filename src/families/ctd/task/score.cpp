#include "families/ctd/task/score.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tsd::ctd_task {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Scores flip_flop_scores(const Dataset& data, const Rollout& rollout) {
  double right = 0, counted = 0, sum = 0, squares = 0, errors = 0;
  for (std::size_t k = 0; k < data.targets.size(); ++k) {
    const double target = data.targets[k], y = rollout.controlled[k];
    sum += target, squares += target * target, errors += (y - target) * (y - target);
    if (data.weights[k] == 0) continue;
    counted += 1;
    right += (y > 0.5) == (target > 0.5);
  }
  const double n = static_cast<double>(data.targets.size()), spread = squares - sum * sum / n;
  return {.bit_accuracy = counted > 0 ? right / counted : NAN, .r2 = spread > 0 ? 1 - errors / spread : NAN};
}

// Of response outputs r at the last step against the target there.
bool succeeds(const float* r, const float* target) {
  const bool silent = target[0] == 0 && target[1] == 0;
  const double angle = std::atan2(r[1], r[0]), wanted = silent ? 0 : std::atan2(target[1], target[0]);
  const double error = std::fabs(std::remainder(angle - wanted, 2 * std::numbers::pi));
  return error < std::numbers::pi / 10 || (silent && r[0] + r[1] < 0.1f);
}
bool succeeds_strictly(const float* r, const float* target) {
  constexpr double kRadius = 0.3;
  const double radius = std::hypot(r[0], r[1]);
  if (target[0] == 0 && target[1] == 0) return radius < kRadius;
  const double angle = std::atan2(r[1], r[0]) - std::atan2(target[1], target[0]);
  return radius > kRadius && std::fabs(std::remainder(angle, 2 * std::numbers::pi)) < std::numbers::pi / 10;
}

Scores multitask_scores(const Dataset& data, const Rollout& rollout) {
  const Success all = success(data, rollout, 0);
  return {.success = all.reference[0], .strict_success = all.strict[0]};
}

Scores reach_scores(const Dataset& data, const Rollout& rollout) {
  const auto T = static_cast<std::int64_t>(data.shape.T);
  const auto error = [&](std::int64_t i, std::int64_t t) {
    const std::size_t k = at((i * T + t) * 2);
    return std::hypot(rollout.controlled[k] - data.targets[k],
                      rollout.controlled[k + 1] - data.targets[k + 1]);
  };
  double end = 0, hold = 0, reaches = 0, held = 0;
  constexpr std::int64_t kTimeToReach = 80;  // steps between cue and end
  for (std::int64_t i = 0; i < data.N; ++i) {
    const auto go = static_cast<std::int64_t>(data.extra[at(2 * i + 1)]);
    const std::int64_t until = go < 0 ? T : go;
    for (std::int64_t t = 0; t < until; ++t) hold += error(i, t), held += 1;
    if (go >= 0 && T - go >= kTimeToReach) end += error(i, T - 1), reaches += 1;
  }
  return {.endpoint_error = reaches > 0 ? end / reaches : NAN, .hold_error = held > 0 ? hold / held : NAN};
}

}  // namespace

Success success(const Dataset& data, const Rollout& rollout, std::size_t conditions) {
  const std::size_t n = std::max<std::size_t>(1, conditions);
  Success found{std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> trials(n);
  for (std::int64_t i = 0; i < data.N; ++i) {
    const std::size_t cond = conditions > 0 ? at(data.conds[at(i)]) : 0;
    const std::size_t last = at(i * data.shape.T + data.lengths[at(i)] - 1) * 3;
    const float *r = &rollout.controlled[last + 1], *target = &data.targets[last + 1];
    trials[cond] += 1;
    found.reference[cond] += succeeds(r, target);
    found.strict[cond] += succeeds_strictly(r, target);
  }
  for (std::size_t c = 0; c < n; ++c)
    found.reference[c] /= trials[c], found.strict[c] /= trials[c];  // 0 / 0: NaN
  return found;
}

unsigned flags_of(const Task& task) {
  return std::holds_alternative<Nbff>(task)        ? kNbff
         : std::holds_alternative<MultiTask>(task) ? kMultiTask
                                                   : kReaches;
}

Scores scores(const Task& task, const Dataset& data, const Rollout& rollout) {
  if (std::holds_alternative<Nbff>(task)) return flip_flop_scores(data, rollout);
  if (std::holds_alternative<MultiTask>(task)) return multitask_scores(data, rollout);
  return reach_scores(data, rollout);
}

}  // namespace tsd::ctd_task
