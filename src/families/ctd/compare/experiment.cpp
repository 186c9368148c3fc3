#include "families/ctd/compare/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/ctd/compare/config.hpp"
#include "families/ctd/shared/values.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

namespace {

// Where the first element that is not above 0 lies, of those that `counts`; empty if there is none.
template <class Counts>
std::string first_none(const Series& rates, const Counts& counts) {
  for (std::size_t k = 0; k < rates.values.size(); ++k)
    if (counts(k) && !(rates.values[k] > 0))
      return ctd::place(rates.shape(), k) + ": expected a rate above 0, got " + ctd::shown(rates.values[k]);
  return "";
}

// Says why a model's rates leave scores undefined, and tells a unit that can't be right.
void warn_about_rates(const Model& model, const ModelData& data, const Reference& reference,
                      const Scores& scores) {
  const auto& spikes = reference.val_spikes.values;
  if (std::isnan(scores.co_bps)) {
    const std::string bad = first_none(data.val_rates, [&](std::size_t k) { return spikes[k] > 0; });
    log_warning(bad.empty()
                    ? reference.source + ": /valid_recon_data: no spike of the neurons of co_bps, from " +
                          std::to_string(model.external_inputs) + " on; it is NaN"
                    : model.file + ": /eval_rates" + bad + " of a neuron that spiked; co_bps is NaN");
  }
  if (std::isnan(scores.cycle_con)) {
    const std::string bad = first_none(data.train_rates, [](std::size_t) { return true; });
    if (!bad.empty())
      log_warning(model.file + ": /train_rates" + bad + ", which has no logarithm; cycle_con is NaN");
  }
  if (model.of_tsd) return;
  double expected = 0, counted = 0;
  for (std::size_t k = 0; k < spikes.size(); ++k) expected += data.val_rates.values[k], counted += spikes[k];
  if (!(expected < 3 * counted && counted < 3 * expected))
    log_warning(model.file + ": /eval_rates: expected about the " + ctd::shown(std::round(counted)) +
                " spikes of the recording, got rates that add up to " + ctd::shown(std::round(expected)) +
                ": are they in spikes per step?");
}

// Latents, or inferred inputs, whose scores are undefined or say nothing.
void warn_about_latents(const Model& model, const ModelData& data, const Reference& reference,
                        const Scores& scores) {
  if (std::isnan(scores.state_r2))
    log_warning(model.file + ": its latents never vary in validation trials; state_r2 is NaN");
  if (model.inferred_inputs > 0 && std::isnan(scores.input_r2))
    log_warning(model.file + ": its inferred inputs never vary in validation trials; input_r2 is NaN");
  if (model.inferred_inputs > 0 && reference.val_inputs.width > 0 && std::isnan(scores.input_r2_reverse))
    log_warning(reference.source + ": /valid_inputs never vary; input_r2_reverse is NaN");
  const auto steps =
      std::accumulate(reference.val_lengths.begin(), reference.val_lengths.end(), std::int64_t{0});
  if (data.val_latents.width >= steps)
    log_warning(model.file + ": " + std::to_string(data.val_latents.width) + " latents for " +
                std::to_string(steps) +
                " steps of validation: maps fitted to so few are exact; cca and performance say nothing");
}

}  // namespace

CompareExperiment::CompareExperiment(const Config& config, const RunContext& context)
    : config_(config),
      reference_(read_reference(config_.reference, context.seed, context.threads)),
      models_(find_models(config_.models, reference_, config_.metrics.eval_dropout)),
      assessor_(reference_, config_.metrics.cycle_con_var) {
  warn_about(unused_keys_of_adam(config_));
  const FixedPointSettings& f = config_.fixed_points;
  if (config_.has("fixed_points")) {
    if (f.slow_thresh <= f.q_thresh)
      log_warning("fixed_points.slow_thresh=" + number_text(f.slow_thresh) +
                  " is not above q_thresh=" + number_text(f.q_thresh) + ": there are no slow points");
    stages_.push_back(&points_.emplace(f, reference_, models_, context.seed, context.threads));
  }
  if (config_.has("dsa"))
    stages_.push_back(&dsa_.emplace(config_.dsa, reference_, models_, context.seed, context.threads));
  if (config_.has("dsa") && !config_.dsa.sweep_ranks.empty())
    stages_.push_back(&dsa_sweep_.emplace(config_.dsa, reference_, context.seed, context.threads));
  if (config_.has("input_dsa"))
    stages_.push_back(&input_dsa_.emplace(config_.input_dsa, reference_, models_));
  if (config_.has("jpca")) spans_ = spans_of(config_.jpca, reference_, "jpca");
  if (config_.has("dpca")) design_ = design_of(config_.dpca, reference_);
  entries_.resize(models_.size() + 1);
  entries_[0].name = "reference", entries_[0].file = reference_.source;
  for (std::size_t k = 1; k < entries_.size(); ++k) {
    const Model& m = models_[k - 1];
    entries_[k].name = m.name, entries_[k].group = m.group, entries_[k].file = m.file;
  }
}

std::int64_t CompareExperiment::total_steps() const {
  auto steps = static_cast<std::int64_t>(entries_.size());
  for (const Stage* stage : stages_) steps += stage->steps();
  return steps;
}

StepReport CompareExperiment::step() {
  std::int64_t i = step_++;
  for (Stage* stage : stages_) {
    if (i < stage->steps()) {
      stage->step(i);
      return {};
    }
    i -= stage->steps();
  }
  assess(static_cast<std::size_t>(i));
  return row(static_cast<std::size_t>(i));
}

int CompareExperiment::components() const {
  return std::min(config_.metrics.align_components, reference_.val_latents.width);
}

void CompareExperiment::assess(std::size_t k) {
  Entry& entry = entries_[k];
  const Series* latents = &reference_.val_latents;
  ModelData data;
  if (k == 0) {
    entry.assessment = assessor_.ceiling();
    const Components& c = assessor_.components();
    entry.assessment.alignment.coefficients = c.directions;
    for (int i = 0; i < c.directions.rows; ++i) {
      double at = 0;
      for (int j = 0; j < c.directions.columns; ++j)
        at -= c.directions(i, j) * c.mean[static_cast<std::size_t>(j)];
      entry.assessment.alignment.intercept.push_back(at);
    }
  } else {
    const Model& model = models_[k - 1];
    data = read_model(model, reference_);
    latents = &data.val_latents;
    entry.assessment = assessor_.assess(model, data);
    if (std::isnan(entry.assessment.scores.rate_r2))
      log_warning(model.file + ": rates or latents are not finite; all scores are NaN" +
                  (config_.has("jpca") || config_.has("dpca")
                       ? ", and there are no rotations or demixed components"
                       : ""));
    else {
      warn_about_rates(model, data, reference_, entry.assessment.scores);
      warn_about_latents(model, data, reference_, entry.assessment.scores);
    }
    if (config_.metrics.eval_dropout == EvalDropout::reference)
      entry.with_dropout = assessor_.assess(model, read_model(model, reference_, Evaluation::dropout)).scores;
  }
  const bool finite = k == 0 || !std::isnan(entry.assessment.scores.rate_r2);
  const Series& rates = k == 0 ? reference_.val_rates : data.val_rates;
  for (const auto& [what, series] : {std::pair{"latents", latents}, {"rates", &rates}}) {
    if (config_.has("jpca") && finite)
      entry.rotations.push_back({what, rotations(config_.jpca, *series, spans_)});
    if (config_.has("dpca") && finite)
      entry.demixed.push_back({what, demixed(config_.dpca, *series, design_)});
  }
  const Alignment& a = entry.assessment.alignment;
  if (a.intercept.empty()) return;
  for (std::int64_t row = 0; row < latents->rows(); ++row)
    for (int i = 0; i < components(); ++i) {
      double at = a.intercept[static_cast<std::size_t>(i)];
      for (int j = 0; j < latents->width; ++j) at += a.coefficients(i, j) * latents->row(row)[j];
      const bool counts = row % latents->steps < reference_.val_lengths[std::size_t(row / latents->steps)];
      entry.projected.push_back(static_cast<float>(counts ? at : kUndefined));
    }
}

StepReport CompareExperiment::row(std::size_t k) const {
  StepReport report;
  report.row.push_back({"model", static_cast<double>(k)});
  report.is_judged = k > 0;  // 0: the reference
  report.row.push_back({"name", 0, entries_[k].name});
  const Scores scores = entries_[k].with_dropout.value_or(entries_[k].assessment.scores);
  for (const auto& [name, value] : kScores) report.row.push_back({std::string(name), scores.*value});
  double found = kUndefined, stable = kUndefined, mean_q = kUndefined;
  if (const PointSearch* s = points_ ? points_->first_of(static_cast<int>(k)) : nullptr) {
    const auto kept = s->found->kept();
    found = static_cast<double>(kept.size()), mean_q = s->mean_q.back();
    stable = static_cast<double>(std::ranges::count_if(
        kept, [&](std::int64_t i) { return s->found->n_unstable[static_cast<std::size_t>(i)] == 0; }));
  }
  report.row.push_back({"fixed_points", found});
  report.row.push_back({"stable", stable});
  report.row.push_back({"mean_q", mean_q});
  report.row.push_back({"dsa", dsa_ ? dsa_->distance_to_reference(static_cast<int>(k)) : kUndefined});
  return report;
}

// Of the scores, which stand behind number and name.
std::vector<Column> CompareExperiment::columns() const {
  constexpr std::size_t kFirst = 2;
  std::vector<Column> all;
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    const StepReport report = row(k);
    for (std::size_t c = kFirst; c < report.row.size(); ++c) {
      if (k == 0) all.push_back({report.row[c].name, {}});
      all[c - kFirst].values.push_back(report.row[c].value);
    }
  }
  return all;
}

Arrays CompareExperiment::state() const {
  Arrays all = {make_scalar("step", step_)};
  for (const Stage* stage : stages_)
    for (Array& array : stage->state()) all.push_back(std::move(array));
  return all;
}

void CompareExperiment::restore(const Arrays& state) {
  step_ = scalar<std::int64_t>(state, "step");
  std::int64_t left = step_;
  for (Stage* stage : stages_) {
    const std::int64_t done = std::min(left, stage->steps());
    stage->restore(state, done);
    left -= done;
  }
  for (std::int64_t k = 0; k < left; ++k) assess(static_cast<std::size_t>(k));
}

}  // namespace tsd::compare
