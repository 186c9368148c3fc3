#include "families/ctd/data/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "families/ctd/data/analysis/benchmark.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd_data {

namespace {

// Of an update: forward, and the gradients of weights and states.
double multiply_adds(const Config& config, const ModelSpec& spec) {
  return 3.0 * static_cast<double>(config.data.batch_size) * spec.extents.T *
         static_cast<double>(Layout(spec).size());
}

std::unique_ptr<Backend> make_backend(const Config& config, const ModelSpec& spec,
                                      const RunContext& context) {
  const bool native = runs_native(config.backend, context.device) && has_native(spec);
  if (!native) return torch_backend(config, spec, context.device);
  return native_backend(config, spec, threads_for(multiply_adds(config, spec), context.threads));
}

// What only the recording can decide.
void check(const Config& config, const ModelSpec& spec) {
  const auto refuse = [&](const std::string& key, const std::string& expected, int got) {
    throw DataError(config.data.file + ": " + key + ": expected " + expected + ", got " +
                    std::to_string(got));
  };
  const Extents& e = spec.extents;
  check_benchmark(config.nlb.dataset, e, config.data.file);
  if (spec.is_lfads()) {
    if (spec.lfads.ic_enc_seq_len >= e.encoded())
      refuse("model.ic_enc_seq_len", "less than the " + std::to_string(e.encoded()) + " steps of a trial",
             spec.lfads.ic_enc_seq_len);
    if (!spec.lfads.has_controller() && e.U == 0)
      throw DataError(config.data.file +
                      ": expected inputs for the generator, or a controller (model.co_dim), got none");
    return;
  }
  if (spec.window() < 1) refuse("model.encoder_window", "at least one step", spec.sae.encoder_window);
  if (spec.sae.readout == Readout::flow && spec.sae.latent_size > e.N_all)
    refuse("model.latent_size", "at most the " + std::to_string(e.N_all) + " neurons with readout: flow",
           spec.sae.latent_size);
}

// What there is of the scores, on one line.
std::string text_of(const Scores& scores) {
  static const std::map<std::string_view, std::string> kTexts = {
      {"rate_r2", "rate R2"},
      {"state_r2_in_sample", "state R2 (in sample)"},
      {"input_r2_in_sample", "input R2 (in sample)"},
      {"hi_bps", "bits per spike held-in"},
      {"ho_bps", "held-out"},
      {"fp_bps", "later steps"}};
  std::string line;
  for (const auto& column : kScores)
    if (const auto text = kTexts.find(column.name);
        text != kTexts.end() && !std::isnan(column.value.of(scores)))
      line += (line.empty() ? "" : ", ") + text->second + " " +
              shortest(std::round(column.value.of(scores) * 1e4) / 1e4);
  return line;
}

}  // namespace

CtdDataExperiment::CtdDataExperiment(const Config& config, const RunContext& context)
    : config_(config), recording_(read_recording(config_)), spec_(config_.model) {
  spec_.extents = recording_.extents;
  check(config_, spec_);
  learner_ =
      std::make_unique<Learner>(config_, context.seed, recording_, make_backend(config_, spec_, context));
}

StepReport CtdDataExperiment::step() {
  learner_->update();
  return ++step_ % learner_->updates_per_epoch() == 0 ? end_epoch() : StepReport();
}

StepReport CtdDataExperiment::end_epoch() {
  const std::size_t known = learner_->scores().size();
  learner_->end_epoch();
  const Epoch& e = learner_->history().back();
  const auto epoch = static_cast<std::int64_t>(learner_->history().size()) - 1;
  StepReport report;
  report.row = {{"epoch", static_cast<double>(epoch)}};
  train::add_row(kEpochs, e, flags(), report.row);
  const Scores* scores = learner_->scores().size() > known ? &learner_->scores().back() : nullptr;
  if (config_.metrics_every > 0)
    train::add_row(kScores, scores ? *scores : Scores::none(), flags(), report.row);
  if (learner_->best_epoch() == epoch) report.score = -(spec_.is_lfads() ? e.smoothed : e.valid_loss);
  if (const std::string text = scores ? text_of(*scores) : ""; !text.empty())
    log_info("epoch " + std::to_string(epoch) + ": " + text);
  return report;
}

Arrays CtdDataExperiment::state() const {
  Arrays all = learner_->save();
  all.push_back(make_scalar("step", step_));
  return all;
}

void CtdDataExperiment::restore(const Arrays& state) {
  step_ = scalar<std::int64_t>(state, "step");
  learner_->restore(state);
}

void CtdDataExperiment::take_over(const std::vector<std::string>& changed) {
  if (std::ranges::count(changed, "train.lr") > 0) learner_->begin_with_lr(config_.train.lr);
}

}  // namespace tsd::ctd_data
