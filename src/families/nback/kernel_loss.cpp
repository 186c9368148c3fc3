#include "families/nback/kernel_loss.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace tsd::nback {
namespace {

struct Term {
  std::array<double, kResponses> weights{};
  double scale = 1;       // of the term in the loss
  double total = 0;       // sum of the weights of the targets
  double likelihood = 0;  // sum of w_y (-log p_y)
  double smooth = 0;      // sum over steps and classes of w_c (-log p_c)

  void add(const std::array<double, kResponses>& log_p, int target) {
    total += weights[target];
    likelihood -= weights[target] * log_p[target];
    for (int c = 0; c < kResponses; ++c) smooth -= weights[c] * log_p[c];
  }
  double value(double smoothing) const {
    return total > 0 ? ((1 - smoothing) * likelihood + smoothing / kResponses * smooth) / total : 0;
  }
};

std::array<double, kResponses> log_softmax(const float* logits) {
  const double largest = std::max({logits[0], logits[1], logits[2]});
  double sum = 0;
  for (int c = 0; c < kResponses; ++c) sum += std::exp(logits[c] - largest);
  std::array<double, kResponses> result;
  for (int c = 0; c < kResponses; ++c) result[c] = logits[c] - largest - std::log(sum);
  return result;
}

// d/d logits of one step's share of its term: with q_c = (1 - eps) w_y [c = y] + eps/3 w_c, (sum q) p_c -
// q_c.
void step_gradient(const std::array<double, kResponses>& log_p, int target, const Term& term,
                   double smoothing, float* gradient) {
  std::array<double, kResponses> q;
  double sum = 0;
  for (int c = 0; c < kResponses; ++c) {
    q[c] = smoothing / kResponses * term.weights[c] + (c == target ? (1 - smoothing) * term.weights[c] : 0);
    sum += q[c];
  }
  const double factor = term.total > 0 ? term.scale / term.total : 0;
  for (int c = 0; c < kResponses; ++c)
    gradient[c] = static_cast<float>(factor * (sum * std::exp(log_p[c]) - q[c]));
}

// Mean over the properties of the batch of the cross entropy of their read-outs (nback.md 4.5).
Outcome proxy_cross_entropy(Matrix logits, const Batch& batch, const LossSpec& spec, const Matrix* gradient) {
  const int heads = static_cast<int>(spec.heads.size());
  std::vector<int> begin(heads, 0);
  std::partial_sum(spec.heads.begin(), spec.heads.end() - 1, begin.begin() + 1);
  std::vector<double> steps(heads), sums(heads);
  for (int b = 0; b < batch.B; ++b)
    for (int t = 0; t < batch.L; ++t) steps[batch.feature[b]] += batch.target[b * batch.L + t] != kNoTarget;
  const auto groups = static_cast<double>(heads - std::count(steps.begin(), steps.end(), 0.0));

  Outcome outcome;
  outcome.predicted.resize(logits.rows);
  if (gradient) std::fill_n(gradient->data, gradient->size(), 0.0f);
  for (int t = 0; t < batch.L; ++t)
    for (int b = 0; b < batch.B; ++b) {
      const int row = t * batch.B + b, step = b * batch.L + t, head = batch.feature[b],
                width = spec.heads[head];
      const float* values = logits.row(row) + begin[head];
      const auto largest = std::max_element(values, values + width);
      outcome.predicted[step] = static_cast<std::uint8_t>(largest - values);
      if (batch.target[step] == kNoTarget) continue;
      double sum = 0;
      for (int c = 0; c < width; ++c) sum += std::exp(double(values[c]) - *largest);
      sums[head] -= values[batch.target[step]] - *largest - std::log(sum);
      if (!gradient) continue;
      for (int c = 0; c < width; ++c)
        gradient->row(row)[begin[head] + c] =
            static_cast<float>((std::exp(double(values[c]) - *largest) / sum - (c == batch.target[step])) /
                               (steps[head] * groups));
    }
  for (int h = 0; h < heads; ++h)
    if (steps[h] > 0) outcome.main += sums[h] / steps[h] / groups;
  outcome.loss = outcome.all_steps = outcome.main;
  return outcome;
}

}  // namespace

Outcome cross_entropy(Matrix logits, const Batch& batch, const LossSpec& spec, const Matrix* gradient) {
  if (!spec.heads.empty()) return proxy_cross_entropy(logits, batch, spec, gradient);
  Term main, no_action, all_steps;
  std::copy_n(spec.class_weights, kResponses, main.weights.begin());
  all_steps.weights = main.weights;
  no_action.weights.fill(1);
  no_action.scale = spec.no_action_weight;
  const auto term_of = [&](int t, int b) -> Term& {
    return spec.mask_trivial_steps && t < batch.n[b] ? no_action : main;
  };

  Outcome outcome;
  outcome.predicted.resize(logits.rows);
  std::vector<std::array<double, kResponses>> log_p(logits.rows);
  for (int t = 0; t < batch.L; ++t)
    for (int b = 0; b < batch.B; ++b) {
      const int row = t * batch.B + b, step = b * batch.L + t, target = batch.target[step];
      const float* values = logits.row(row);
      log_p[row] = log_softmax(values);
      outcome.predicted[step] =
          static_cast<std::uint8_t>(std::max_element(values, values + kResponses) - values);
      term_of(t, b).add(log_p[row], target);
      all_steps.add(log_p[row], target);
    }
  outcome.main = main.value(spec.label_smoothing);
  outcome.no_action = spec.no_action_weight > 0 ? no_action.value(spec.label_smoothing) : 0;
  outcome.loss = outcome.main + spec.no_action_weight * outcome.no_action;
  outcome.all_steps = all_steps.value(spec.label_smoothing);
  if (!gradient) return outcome;
  for (int t = 0; t < batch.L; ++t)
    for (int b = 0; b < batch.B; ++b) {
      const int row = t * batch.B + b;
      step_gradient(log_p[row], batch.target[b * batch.L + t], term_of(t, b), spec.label_smoothing,
                    gradient->row(row));
    }
  return outcome;
}

}  // namespace tsd::nback
