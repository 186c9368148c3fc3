// What a finished run leaves in results.h5 (ctd_data.md 6.2).
#include "families/ctd/data/experiment.hpp"
#include "families/ctd/data/outputs.hpp"
#include "families/ctd/shared/facts.hpp"

namespace tsd::ctd_data {

namespace {

ctd::FittedCell fitted_cell(const ModelSpec& spec) {
  if (spec.is_lfads()) return {nn::CellType::clipped_gru, spec.lfads.cell_clip};
  switch (spec.sae.cell) {
    case CellType::gru:
      return {nn::CellType::gru};
    case CellType::vanilla:
      return {nn::CellType::vanilla};
    case CellType::node:
      return {nn::CellType::node};
    case CellType::lds:
      return {nn::CellType::lds};
  }
  return {};
}

}  // namespace

const std::vector<float>& CtdDataExperiment::kept_parameters() const {
  const bool best = config_.save == Kept::best && !learner_->best().empty();
  return best ? learner_->best() : learner_->parameters();
}

std::vector<float> CtdDataExperiment::rates(const Trials& trials) {
  return learner_->evaluate(trials, kept_parameters()).rates;
}

void CtdDataExperiment::write_parameters(Hdf5Writer& results) const {
  const auto write = [&](const std::string& group, const std::vector<float>& parameters) {
    for (const Array& array : nn::to_arrays(learner_->layout(), parameters))
      results.dataset(group + "/" + array.name, array, meaning_of(outputs(), group + "/<parameter>"));
  };
  write("/params", kept_parameters());
  if (config_.save != Kept::both || learner_->best().empty()) return;
  write("/params_best", learner_->best());
  results.attribute("/params_best", "epoch", learner_->best_epoch());
}

void CtdDataExperiment::write_history(Hdf5Writer& results) const {
  std::vector<std::int64_t> epochs;
  for (std::size_t k = 0; k < learner_->history().size(); ++k) epochs.push_back(static_cast<std::int64_t>(k));
  results.dataset("/history/epoch", epochs, meaning_of(outputs(), "/history/epoch"));
  train::write(kEpochs, learner_->history(), flags(), "/history", results);
  if (!learner_->scores().empty())
    train::write(kScores, learner_->scores(), flags(), "/metrics", results, "comparison");
}

void CtdDataExperiment::write_output(Hdf5Writer& results, const std::string& path, const Trials& trials,
                                     const std::vector<float>& values, bool steps) const {
  if (values.empty()) return;
  Shape shape = {trials.n};
  if (steps) shape.push_back(spec_.steps());
  shape.push_back(static_cast<std::int64_t>(values.size()) / count(shape));
  results.dataset<float>(path, values, shape, meaning_of(outputs(), path));
}

void CtdDataExperiment::write_outputs(Hdf5Writer& results, const std::string& part, const Trials& trials,
                                      std::span<const float> parameters) {
  const auto write = [&](const std::string& name, const std::vector<float>& values, bool steps = true) {
    write_output(results, name, trials, values, steps);
  };
  const Outputs all = learner_->evaluate(trials, parameters);
  write("/" + part + "_rates", all.rates);
  write("/" + part + "_latents", all.latents);
  write("/" + part + "_inferred_inputs", all.inferred_inputs);
  write("/lfads/" + part + "_ic_mean", all.ic_mean, false);
  write("/lfads/" + part + "_ic_std", all.ic_std, false);
  write("/lfads/" + part + "_co_std", all.co_std);
  write("/lfads/" + part + "_factors", all.factors);
  if (config_.eval_dropout == EvalDropout::none) return;
  const Outputs dropped = learner_->evaluate_with_dropout(trials, parameters);
  write("/dropout/" + part + "_rates", dropped.rates);
  write("/dropout/" + part + "_latents", dropped.latents);
  write("/dropout/" + part + "_inferred_inputs", dropped.inferred_inputs);
}

void CtdDataExperiment::write_sessions(Hdf5Writer& results) const {
  const auto& sessions = recording_.train.sessions;
  if (!sessions) return;
  const auto write = [&](const std::string& path, const std::vector<int>& of) {
    const std::vector<std::int32_t> values(of.begin(), of.end());
    results.dataset<std::int32_t>(path, values, {static_cast<std::int64_t>(values.size())},
                                  meaning_of(outputs(), path));
  };
  write("/data/train_session", recording_.train.session);
  write("/data/eval_session", recording_.valid.session);
  if (recording_.test.n > 0) write("/data/test_session", recording_.test.session);
  std::vector<int> neurons(static_cast<std::size_t>(spec_.extents.N_all));
  for (std::size_t n = 0; n < neurons.size(); ++n)
    for (std::size_t s = 0; s < sessions->parts.size(); ++s)
      if (sessions->parts[s].has(static_cast<int>(n))) neurons[n] = static_cast<int>(s);
  write("/data/neuron_session", neurons);
}

void CtdDataExperiment::write_results(Hdf5Writer& results) {
  write_parameters(results);
  write_history(results);
  const bool best = config_.save == Kept::best && !learner_->best().empty();
  const auto& parameters = kept_parameters();
  write_outputs(results, "train", recording_.train, parameters);
  write_outputs(results, "eval", recording_.valid, parameters);
  if (recording_.test.n > 0) write_outputs(results, "test", recording_.test, parameters);
  ctd::write(results, fitted_cell(spec_));
  results.attribute("/params", "n_params", static_cast<std::int64_t>(learner_->layout().size()));
  results.attribute("/params", "n_trainable", static_cast<std::int64_t>(learner_->layout().trainable()));
  if (best) results.attribute("/params", "epoch", learner_->best_epoch());
  results.attribute("/data", "file", config_.data.file);
  results.attribute("/data", "sha256", recording_.sha256);
  results.attribute("/data", "heldin", std::int64_t{spec_.extents.N_in});
  results.attribute("/data", "heldout", std::int64_t{spec_.extents.N_all - spec_.extents.N_in});
  write_sessions(results);
  results.attribute("/data", "forward", std::int64_t{spec_.extents.forward});
}

}  // namespace tsd::ctd_data
