// What is kept of the participants' trials: learning curves and counts by epoch (dual_stream.md 4.4).
#include <algorithm>
#include <cmath>

#include "families/dual_stream/experiment.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::dual_stream {

const char* const kCurveNames[kCurves] = {"lc_fast",    "lc_slow",  "lc_total", "loss_fast", "loss_slow",
                                          "loss_total", "acc_fast", "acc_slow", "acc_total"};

namespace {

bool is_finite(const Outcome& outcome, std::size_t width) {
  for (std::size_t i = 0; i < outcome.values.size(); i += width)
    for (std::size_t c = 0; c < kCurves; ++c)
      if (!std::isfinite(outcome.values[i + c])) return false;
  return true;
}

}  // namespace

// Every value is added in single precision, runs outside, trials inside: the published rounding.
void DualStreamExperiment::accumulate(std::size_t problem, const std::vector<const Outcome*>& of_runs) {
  const std::size_t width = values_per_trial(model_.K);
  for (std::size_t c = 0; c < kCurves; ++c) {
    const std::size_t at = (problem * kCurves + c) * epochs() + epoch_;
    float sum32 = 0;
    double sum64 = 0;
    for (const Outcome* outcome : of_runs)
      for (std::size_t i = c; i < outcome->values.size(); i += width) {
        sum32 += outcome->values[i];
        sum64 += outcome->values[i];
      }
    sums32_[at] = sum32;
    sums64_[at] = sum64;
  }
}

std::int32_t DualStreamExperiment::units_active(const std::vector<float>& flags) const {
  if (!model_.fast.grouped())
    return static_cast<std::int32_t>(std::ranges::count_if(flags, [](float flag) { return flag != 0; }));
  return std::min(model_.fast.units, static_cast<int>(flags[0]) * model_.fast.recruits);
}

void DualStreamExperiment::keep(Record& record, const Outcome& outcome, const Team& team, std::size_t run) {
  const std::size_t width = values_per_trial(model_.K), trials = trained_.size();
  for (std::size_t c = 0; c < kCurves; ++c) {
    double sum = 0;
    for (std::size_t t = 0; t < trials; ++t) sum += outcome.values[t * width + c];
    record.curves[c * epochs() + epoch_] = static_cast<float>(sum / static_cast<double>(trials));
  }
  for (std::size_t t = 0; t < trials; ++t) {
    const float* values = &outcome.values[t * width];
    const auto units = static_cast<std::int32_t>(values[Value::recruited]);
    record.recruitments[epoch_] += units > 0;
    record.missed[epoch_] += units < 0;
    if (!config_.save_trials) continue;
    record.recruited[epoch_ * trials + t] = units;
    std::copy_n(
        values + first_logit, width - first_logit,
        record.logits.begin() + static_cast<std::ptrdiff_t>((epoch_ * trials + t) * (width - first_logit)));
  }
  if (model_.has_fast()) {
    record.active[epoch_] = units_active(team.group->read_fast(run - team.first, layout_.active));
    std::ranges::copy(outcome.attention, record.attention.begin() +
                                             static_cast<std::ptrdiff_t>(epoch_ * outcome.attention.size()));
  }
  if (record.diverged < 0 && !is_finite(outcome, width)) {
    record.diverged = static_cast<std::int32_t>(epoch_);
    if (context_.directory.empty()) return;
    log_warning(stimuli_.problems[team.problem].name + ": run " + std::to_string(run) +
                " is no longer finite in epoch " + std::to_string(epoch_));
  }
}

std::vector<double> DualStreamExperiment::curve(std::size_t problem, std::size_t which) const {
  std::vector<double> values(epochs(), NAN);
  if (ended(problem)) return values;
  const std::size_t first = (problem * kCurves + which) * epochs();
  std::vector<const Record*> finite;
  for (std::size_t run = 0; run < runs(); ++run)
    if (participants_[at(problem, run)].diverged < 0) finite.push_back(&participants_[at(problem, run)]);
  const auto all = static_cast<double>(runs() * trained_.size());
  for (std::size_t e = 0; e < epochs(); ++e) {
    if (finite.size() == runs()) {
      const bool single = config_.accumulate == Accumulate::float32;
      values[e] = (single ? static_cast<double>(sums32_[first + e]) : sums64_[first + e]) / all;
      continue;
    }
    double sum = 0;
    for (const Record* r : finite) sum += r->curves[which * epochs() + e];
    values[e] = sum / static_cast<double>(finite.size());
  }
  return values;
}

std::vector<float> DualStreamExperiment::by_run(std::size_t problem, std::size_t which,
                                                std::size_t epoch) const {
  std::vector<float> values;
  for (std::size_t run = 0; run < runs(); ++run)
    values.push_back(participants_[at(problem, run)].curves[which * epochs() + epoch]);
  return values;
}

std::optional<std::string> DualStreamExperiment::divergence() const {
  if (config_.on_divergence == OnDivergence::drop) return std::nullopt;
  std::string names;
  for (std::size_t p = 0; p < stimuli_.problems.size(); ++p)
    for (std::size_t run = 0; run < runs(); ++run)
      if (const auto epoch = participants_[at(p, run)].diverged; epoch >= 0)
        names += (names.empty() ? "" : "; ") + stimuli_.problems[p].name + ": run " + std::to_string(run) +
                 " in epoch " + std::to_string(epoch);
  if (names.empty()) return std::nullopt;
  return "not finite: " + names +
         "; the curves of these problems are NaN (on_divergence: drop leaves the run out)";
}

// Mean over problems of the last epoch.
std::vector<Metric> DualStreamExperiment::row() const {
  std::vector<Metric> row;
  for (const std::size_t c : {lc_fast, lc_slow, lc_total, loss_total}) {
    double sum = 0;
    for (std::size_t p = 0; p < stimuli_.problems.size(); ++p)
      sum += sums64_[(p * kCurves + c) * epochs() + epoch_ - 1];
    row.push_back({kCurveNames[c], sum / static_cast<double>(participants_.size() * trained_.size())});
  }
  return row;
}

}  // namespace tsd::dual_stream
