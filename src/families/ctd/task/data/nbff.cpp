#include "families/ctd/task/data/nbff.hpp"

#include <algorithm>

namespace tsd::ctd_task {

namespace {
constexpr int kWithoutPulses = 3, kWithoutLoss = 5;  // steps at the start

// A pulse on the raised bit is no longer 1 or -1, and leaves the target as it is.
void stimulate(std::vector<double>& inputs, std::size_t n, std::size_t T, NumpyLegacy& stream) {
  const auto bit = static_cast<std::size_t>(stream.randint(0, static_cast<std::int64_t>(n)));
  const double amplitude = stream.uniform(0.5, 1.5);
  for (std::size_t t = T / 4; t < 3 * T / 4; ++t) inputs[t * n + bit] += amplitude;
}

}  // namespace

TaskShape Nbff::shape() const {
  TaskShape s;
  s.T = n_timesteps;
  s.inputs = s.targets = s.actions = s.ics = n;
  s.extra = 1;
  return s;
}

void generate(const Nbff& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink) {
  const auto n = static_cast<std::size_t>(task.n), T = static_cast<std::size_t>(task.n_timesteps);
  Trial trial;
  trial.ics.resize(n);
  trial.extra.resize(1);
  trial.true_inputs.resize(T * n);
  trial.inputs.resize(T * n);
  trial.targets.resize(T * n);
  std::vector<double> gaussians(T * n);
  for (std::int64_t i = 0; i < n_samples; ++i) {
    for (double& u : trial.true_inputs) {
      const double draw = stream.random_sample();
      u = draw < task.switch_prob ? -1 : draw > 1 - task.switch_prob ? 1 : 0;
    }
    std::fill_n(trial.true_inputs.begin(), std::min(T, std::size_t{kWithoutPulses}) * n, 0.0);
    if (task.stim) stimulate(trial.true_inputs, n, T, stream);
    for (std::size_t k = 0; k < T * n; ++k) {
      const double u = trial.true_inputs[k];
      const bool is_pulse = u == 1 || u == -1;
      trial.targets[k] = is_pulse ? u > 0 : k >= n ? trial.targets[k - n] : 0;
    }
    stream.gauss(T * n, gaussians.data(), 1);
    for (std::size_t k = 0; k < T * n; ++k)
      trial.inputs[k] = trial.true_inputs[k] + task.noise * gaussians[k];
    sink(i, trial);
  }
}

std::vector<std::uint8_t> loss_weights(const Nbff& task, std::span<const double> targets) {
  const auto n = static_cast<std::size_t>(task.n), blind = static_cast<std::size_t>(task.transition_blind);
  const std::size_t T = targets.size() / n;
  std::vector<std::uint8_t> weights(targets.size(), 1);
  std::fill_n(weights.begin(), std::min(T, std::size_t{kWithoutLoss}) * n, std::uint8_t{0});
  for (std::size_t t = 1; t < T; ++t)
    for (std::size_t c = 0; c < n; ++c)
      if (targets[t * n + c] != targets[(t - 1) * n + c])
        for (std::size_t s = t + 1; s < std::min(T, t + 1 + blind); ++s) weights[s * n + c] = 0;
  return weights;
}

}  // namespace tsd::ctd_task
