#include "families/nback/experiment.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <numeric>

#include "families/nback/data/proxy.hpp"
#include "families/nback/transfer.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

std::int64_t batches(std::int64_t sequences, std::int64_t size) { return (sequences + size - 1) / size; }

std::vector<int> heads_of(const Config& config, const Material& material) {
  return config.mode == Mode::proxy ? ProxyTargets(material.set, material.splits).heads()
                                    : std::vector<int>{};
}

// Of a training step: forward, and the gradients of weights and inputs.
double multiply_adds(const ModelSpec& spec, int batch_size, int steps) {
  const double rows = static_cast<double>(batch_size) * steps, H = spec.H;
  const double gates = spec.cell == Cell::rnn ? 1 : spec.cell == Cell::gru ? 3 : 4;
  return rows * H * (2.0 * spec.F + spec.layers * 3 * 2 * gates * H);
}

std::unique_ptr<Backend> make_backend(const Config& config, const Material& material,
                                      const RunContext& context) {
  ModelSpec spec = config.model_spec(material.F);
  spec.heads = heads_of(config, material);
  if (runs_native(config.backend, context.device))
    return make_native_backend(
        spec, material.features,
        threads_for(multiply_adds(spec, config.batch_size, config.sequence_length), context.threads),
        context.seed);
  return make_torch_backend(spec, material.features, context.device, context.seed);
}

}  // namespace

std::string epoch_name(int epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "epoch_%03d", epoch);
  return name;
}

NbackExperiment::NbackExperiment(const Config& config, const RunContext& context)
    : config_(config),
      context_(context),
      material_(make_material(config, context)),
      stream_(make_training_stream(config, material_.set, material_.splits, context.seed)),
      loss_(config.loss_spec()),
      backend_(make_backend(config, material_, context)) {
  warn_about(switched_off(config_));
  const auto weights = class_weights(stream_->target_counts());
  std::copy(weights.begin(), weights.end(), loss_.class_weights);
  loss_.heads = heads_of(config_, material_);
  if (config_.init_from)
    backend_->load_weights(
        started_from(*config_.init_from, config_.backbone.standardize, backend_->weights()));
  train_batches_ = batches(config_.num_train, config_.batch_size);
  steps_per_epoch_ = train_batches_;
  for (const auto& split : stream_->validation())
    steps_per_epoch_ += batches(static_cast<std::int64_t>(split.sequences.size()), config_.batch_size);
  current_ = blank_record();
}

EpochRecord NbackExperiment::blank_record() const {
  EpochRecord record;
  const bool proxy = config_.mode == Mode::proxy;
  record.train = Tally(config_.sequence_length, config_.levels(), !config_.mask_trivial_steps, proxy);
  record.validation.assign(stream_->validation().size(),
                           Tally(config_.sequence_length, config_.levels(), false, proxy));
  return record;
}

bool NbackExperiment::finished() const {
  const int patience = config_.early_stopping_patience;
  return patience > 0 && cursor_ == 0 && static_cast<int>(history_.size()) - best_epoch_ >= patience;
}

StepReport NbackExperiment::step() {
  if (cursor_ < train_batches_)
    train_batch();
  else
    validate_batch(cursor_ - train_batches_);
  if (++cursor_ < steps_per_epoch_) return {};
  return finish_epoch();
}

void NbackExperiment::train_batch() {
  stream_->next(batch_);
  sees_all_ = false;
  const UpdateSpec update = config_.update_spec(epoch());
  current_.lr = update.lr;
  try {
    if (material_.live) look_at_batch();
    current_.train.add(batch_, backend_->train(batch_, loss_, update));
  } catch (const NumericError& error) {
    throw NumericError("epoch " + std::to_string(epoch()) + ", batch " + std::to_string(cursor_) + ": " +
                       error.what());
  }
}

// Features of this batch's images under its own statistics, in place of the table.
void NbackExperiment::look_at_batch() {
  backend_->set_features(material_.live->features_in_training(material_.pixels, batch_.stimulus));
  std::iota(batch_.stimulus.begin(), batch_.stimulus.end(), 0);
}

// Features of all images under the running statistics.
void NbackExperiment::look_at_all() {
  std::vector<std::int32_t> rows(material_.set.stimuli.size());
  std::iota(rows.begin(), rows.end(), 0);
  backend_->set_features(material_.live->features_of(material_.pixels, rows));
}

void NbackExperiment::validate_batch(std::int64_t batch) {
  if (material_.live && !sees_all_) look_at_all();
  sees_all_ = true;
  for (std::size_t s = 0; s < stream_->validation().size(); ++s) {
    const auto& sequences = stream_->validation()[s].sequences;
    const std::int64_t count = batches(static_cast<std::int64_t>(sequences.size()), config_.batch_size);
    if (batch < count) {
      const std::size_t begin = static_cast<std::size_t>(batch * config_.batch_size);
      const Batch part = batch_of(sequences, begin, std::min(sequences.size(), begin + config_.batch_size));
      current_.validation[s].add(part, backend_->evaluate(part, loss_));
      return;
    }
    batch -= count;
  }
}

StepReport NbackExperiment::finish_epoch() {
  StepReport report;
  report.row = row(current_);
  const auto selected = std::find_if(report.row.begin(), report.row.end(), [&](const Metric& metric) {
    return metric.name == config_.selection_metric;
  });
  report.score = selected->value;
  if (best_epoch_ == 0 || *report.score > best_score_) {
    best_epoch_ = epoch();
    best_score_ = *report.score;
  }
  const int ended = epoch();
  if (config_.save_hidden && wants_hidden(ended)) report.snapshot = epoch_name(ended);
  history_.push_back(std::move(current_));
  current_ = blank_record();
  cursor_ = 0;
  return report;
}

// Epochs whose weights are kept so that write_results() can compute their hidden states; best and last need
// no copy.
bool NbackExperiment::wants_hidden(int ended) const {
  switch (config_.save_hidden_epochs) {
    case HiddenEpochs::best:
    case HiddenEpochs::last:
      return false;
    case HiddenEpochs::all:
      return true;
    case HiddenEpochs::listed:
      return std::count(config_.hidden_epochs.begin(), config_.hidden_epochs.end(), ended) > 0;
  }
  return false;
}

std::vector<Metric> NbackExperiment::row(const EpochRecord& record) const {
  std::vector<Metric> metrics = {{"epoch", static_cast<double>(epoch())}};
  train::add_row(kCurves, record, 0, metrics);
  for (std::size_t s = 0; s < record.validation.size(); ++s)
    train::add_row(kSplitCurves, record.validation[s], 0, metrics,
                   "val_" + stream_->validation()[s].name + "_");
  return metrics;
}

namespace {
void append(Arrays& all, Arrays more) { std::move(more.begin(), more.end(), std::back_inserter(all)); }

// Every record as one row of numbers: lr, train, validation splits.
std::vector<double> flatten(const EpochRecord& record) {
  std::vector<double> numbers = {record.lr};
  const auto append = [&](const Tally& tally) {
    numbers.insert(numbers.end(), tally.sums().begin(), tally.sums().end());
  };
  append(record.train);
  for (const Tally& tally : record.validation) append(tally);
  return numbers;
}

void unflatten(std::span<const double> numbers, EpochRecord& record) {
  record.lr = numbers[0];
  std::size_t at = 1;
  const auto take = [&](Tally& tally) {
    tally.restore(numbers.subspan(at, tally.sums().size()));
    at += tally.sums().size();
  };
  take(record.train);
  for (Tally& tally : record.validation) take(tally);
}
}  // namespace

Arrays NbackExperiment::weights() const {
  Arrays weights = backend_->weights();
  if (material_.live) append(weights, material_.live->state());
  return weights;
}

Arrays NbackExperiment::state() const {
  Arrays state = backend_->state();
  if (material_.live) append(state, material_.live->state());
  stream_->save(state);
  std::vector<double> numbers = flatten(current_);
  const auto width = static_cast<std::int64_t>(numbers.size());
  for (const EpochRecord& record : history_) {
    const auto more = flatten(record);
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  state.push_back(make_array<double>(
      "epochs", std::span<const double>(numbers),
      {static_cast<std::int64_t>(history_.size()) + 1, width}));  // the one under way first
  state.push_back(make_scalar<std::int64_t>("cursor", cursor_));
  state.push_back(make_scalar<std::int64_t>("best_epoch", best_epoch_));
  state.push_back(make_scalar<double>("best_score", best_score_));
  return state;
}

void NbackExperiment::restore(const Arrays& state) {
  backend_->restore(state);
  if (material_.live) material_.live->restore(state);
  stream_->load(state);
  const Array& epochs = find(state, "epochs");
  const auto numbers = epochs.as<double>();
  const auto width = static_cast<std::size_t>(epochs.shape[1]);
  unflatten(numbers.first(width), current_);
  history_.clear();
  for (std::size_t begin = width; begin < numbers.size(); begin += width) {
    history_.push_back(blank_record());
    unflatten(numbers.subspan(begin, width), history_.back());
  }
  cursor_ = scalar<std::int64_t>(state, "cursor");
  best_epoch_ = static_cast<int>(scalar<std::int64_t>(state, "best_epoch"));
  best_score_ = scalar<double>(state, "best_score");
}

int NbackExperiment::use_epoch(const std::string& choice) {
  const int last = static_cast<int>(history_.size());
  const auto kept = [&](int e) -> std::optional<Arrays> {
    if (e == best_epoch_)
      if (auto weights = context_.load_weights("best")) return weights;
    return e == last ? std::optional(weights()) : context_.load_weights(epoch_name(e));
  };
  for (int e = 1; e <= last; ++e) {
    const bool meant = choice == "best"   ? e == best_epoch_
                       : choice == "last" ? e == last
                                          : choice == std::to_string(e);
    if (!meant) continue;
    const auto weights = kept(e);
    if (!weights) break;
    load(*weights);
    return e;
  }
  std::string there;
  for (int e = 1; e <= last; ++e)
    if (kept(e)) there += (there.empty() ? "" : ", ") + std::to_string(e);
  throw MissingInput(context_.directory.string() +
                     ": analysis.epoch: expected best, last or one of the epochs kept (" + there + "), got " +
                     choice);
}

Trace NbackExperiment::trace(std::span<const Sequence> sequences) {
  const auto append = [](std::vector<float>& all, const std::vector<float>& part) {
    all.insert(all.end(), part.begin(), part.end());
  };
  Trace all, part;
  const std::size_t size = config_.batch_size;
  for (std::size_t begin = 0; begin < sequences.size(); begin += size) {
    const auto count = std::min(size, sequences.size() - begin);
    backend_->evaluate(make_batch(sequences.subspan(begin, count)), loss_, &part);
    append(all.hidden, part.hidden);
    append(all.cnn, part.cnn);
    append(all.gates, part.gates);
    append(all.logits, part.logits);
  }
  return all;
}

}  // namespace tsd::nback
