#include "families/nback/model/metrics.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tsd::nback {

namespace {
// Layout of Tally::sums_.
enum : std::size_t {
  kBatches,
  kLoss,
  kWeightedLoss,
  kAccuracy,
  kTrivialCorrect,
  kTrivial,
  kConfusion,                     // [3, 3]
  kTaskCorrect = kConfusion + 9,  // [3, levels], then as many counts; then [L] by step, and [L] counts
};

double ratio(double part, double whole, double if_none) { return whole > 0 ? part / whole : if_none; }
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}  // namespace

std::size_t Tally::steps() const { return kTaskCorrect + 2 * tasks(); }

Tally::Tally(int L, int levels, bool all_steps, bool proxy)
    : L_(L), levels_(levels), all_steps_(all_steps), proxy_(proxy), sums_(steps() + 2 * L_) {}

void Tally::clear() { std::fill(sums_.begin(), sums_.end(), 0.0); }

void Tally::restore(std::span<const double> sums) {
  if (sums.size() != sums_.size()) throw std::logic_error("tally of another sequence length");
  sums_.assign(sums.begin(), sums.end());
}

void Tally::add(const Batch& batch, const Outcome& outcome) {
  const std::size_t steps_begin = steps();
  double correct_steps = 0, counted = 0;
  for (int b = 0; b < batch.B; ++b) {
    const std::size_t task = levels_ * batch.feature[b] + (batch.n[b] - 1);
    for (int t = 0; t < batch.L; ++t) {
      const std::size_t i = static_cast<std::size_t>(b) * batch.L + t;
      const int target = batch.target[i], predicted = outcome.predicted[i];
      if (proxy_ && target == kNoTarget) continue;
      const double correct = target == predicted;
      correct_steps += correct;
      ++counted;
      sums_[steps_begin + t] += correct;
      sums_[steps_begin + L_ + t] += 1;
      if (all_steps_ || t >= batch.n[b]) {
        if (!proxy_) sums_[kConfusion + 3 * static_cast<std::size_t>(target) + predicted] += 1;
        sums_[kTaskCorrect + task] += correct;
        sums_[kTaskCorrect + tasks() + task] += 1;
      } else {
        sums_[kTrivialCorrect] += correct;
        sums_[kTrivial] += 1;
      }
    }
  }
  if (counted == 0) return;
  sums_[kBatches] += 1;
  sums_[kLoss] += outcome.loss;
  sums_[kWeightedLoss] += outcome.all_steps;
  sums_[kAccuracy] += correct_steps / counted;
}

double Tally::loss() const { return ratio(sums_[kLoss], sums_[kBatches], kNone); }
double Tally::weighted_loss() const { return ratio(sums_[kWeightedLoss], sums_[kBatches], kNone); }
double Tally::accuracy() const { return ratio(sums_[kAccuracy], sums_[kBatches], kNone); }
double Tally::no_action_accuracy() const { return ratio(sums_[kTrivialCorrect], sums_[kTrivial], 0); }

double Tally::masked_accuracy() const {
  double correct = 0, all = 0;
  for (std::size_t i = 0; i < tasks(); ++i) {
    correct += sums_[kTaskCorrect + i];
    all += sums_[kTaskCorrect + tasks() + i];
  }
  return ratio(correct, all, kNone);
}

double Tally::occurrences(Response response) const {
  const double* row = &sums_[kConfusion + 3 * static_cast<std::size_t>(response)];
  return row[0] + row[1] + row[2];
}

double Tally::recall(Response response) const {
  return ratio(sums_[kConfusion + 4 * static_cast<std::size_t>(response)], occurrences(response), 0);
}

std::span<const double> Tally::confusion() const { return {&sums_[kConfusion], 9}; }

std::vector<double> Tally::accuracy_by_task() const {
  std::vector<double> accuracy(tasks());
  for (std::size_t i = 0; i < tasks(); ++i)
    accuracy[i] = ratio(sums_[kTaskCorrect + i], sums_[kTaskCorrect + tasks() + i], kNone);
  return accuracy;
}

std::vector<double> Tally::accuracy_by_step() const {
  std::vector<double> accuracy(L_);
  for (std::size_t t = 0; t < L_; ++t)
    accuracy[t] = ratio(sums_[steps() + t], sums_[steps() + L_ + t], kNone);
  return accuracy;
}

Chance proxy_chance(std::span<const Property> properties, std::span<const int> heads) {
  double sum = 0;
  for (const Property property : properties) sum += 1.0 / heads[static_cast<int>(property)];
  const double mean = sum / static_cast<double>(properties.size());
  return {mean, mean};
}

Chance chance_level(std::span<const int> n_values, int L, double match_probability) {
  const double constant = std::max(match_probability, 1 - match_probability);
  double all_steps = 0;
  for (int n : n_values) all_steps += (n + (L - n) * constant) / L;
  return {all_steps / static_cast<double>(n_values.size()), constant};
}

}  // namespace tsd::nback
