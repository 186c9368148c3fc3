// What an N-back run leaves in results.h5 (nback.md 6.3); every dataset is a row of outputs.cpp.
#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <type_traits>

#include "families/nback/experiment.hpp"
#include "families/nback/outputs.hpp"

namespace tsd::nback {

namespace {

using Doubles = std::vector<double>;

constexpr int kShownSequences = 6;  // whose images are kept for figures

// Several values per epoch, concatenated.
template <class F>
Doubles rows_per_epoch(const std::vector<EpochRecord>& history, F&& row) {
  Doubles values;
  for (const auto& record : history) {
    const auto part = row(record);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

std::array<double, 3> by_response(const Tally& tally, double (Tally::*value)(Response) const) {
  return {(tally.*value)(Response::no_action), (tally.*value)(Response::non_match),
          (tally.*value)(Response::match)};
}

}  // namespace

void NbackExperiment::write_results(Hdf5Writer& results) {
  write_stimuli(results);
  write_curves(results);
  write_sequences(results);
  const Arrays last = weights();
  write_weights(results, "/model/last", last);
  results.attribute("/model/last", "epoch", static_cast<std::int64_t>(history_.size()));
  if (const auto best = context_.load_weights("best")) {
    write_weights(results, "/model/best", *best);
    results.attribute("/model/best", "epoch", static_cast<std::int64_t>(best_epoch_));
    results.attribute("/model/best", config_.selection_metric, best_score_);
  }
  if (config_.save_hidden) write_hidden(results);
  load(last);
}

void NbackExperiment::load(const Arrays& weights) {
  backend_->load_weights(weights);
  if (!material_.live) return;
  material_.live->restore(weights);
  look_at_all();
}

void NbackExperiment::write_stimuli(Hdf5Writer& results) const {
  std::vector<std::string> paths;
  std::vector<std::uint8_t> category, location, angle, split;
  std::vector<std::int32_t> identity;
  for (const auto& stimulus : material_.set.stimuli) {
    paths.push_back(stimulus.path);
    category.push_back(static_cast<std::uint8_t>(stimulus.category));
    identity.push_back(stimulus.identity);
    location.push_back(static_cast<std::uint8_t>(stimulus.location));
    angle.push_back(static_cast<std::uint8_t>(stimulus.angle));
  }
  split.assign(paths.size(), 255);
  for (auto i : material_.splits.train) split[i] = 0;
  for (auto i : material_.splits.novel_angle) split[i] = 1;
  for (auto i : material_.splits.novel_identity) split[i] = 2;
  results.strings("/stimuli/path", paths, meaning_of("/stimuli/path"));
  results.dataset("/stimuli/category", category, meaning_of("/stimuli/category"));
  results.dataset("/stimuli/identity", identity, meaning_of("/stimuli/identity"));
  results.dataset("/stimuli/location", location, meaning_of("/stimuli/location"));
  results.dataset("/stimuli/angle", angle, meaning_of("/stimuli/angle"));
  results.dataset("/stimuli/split", split, meaning_of("/stimuli/split"));
  results.strings("/stimuli/category_names", material_.set.categories, meaning_of("/stimuli/category_names"));
  results.strings("/stimuli/identity_names", material_.set.identities, meaning_of("/stimuli/identity_names"));
  results.attribute("/stimuli", "backbone", material_.backbone);
  results.attribute("/stimuli", "weights", material_.weights);
  results.attribute("/stimuli", "bn_mode", material_.bn);
  results.attribute("/stimuli", "standardize", name_of(config_.backbone.standardize));
  const auto scale = [&](const char* row, const Doubles& values) {
    if (!values.empty()) results.dataset(row, values, meaning_of(row));
  };
  scale("/stimuli/feature_mean", material_.scale.mean);
  scale("/stimuli/feature_sd", material_.scale.sd);
}

void NbackExperiment::write_curves(Hdf5Writer& results) const {
  const auto E = static_cast<std::int64_t>(history_.size());
  const std::int64_t L = config_.sequence_length;
  const auto matrix = [&](const std::string& row, auto values, const Shape& shape,
                          const std::string& split = "") {
    results.dataset<double>(filled(row, {{"split", split}}),
                            std::span<const double>(rows_per_epoch(history_, values)), shape,
                            meaning_of(row));
  };
  const auto counts = [&](const std::string& row, auto values, const Shape& shape,
                          const std::string& split = "") {
    const Doubles numbers = rows_per_epoch(history_, values);
    const std::vector<std::int64_t> whole(numbers.begin(), numbers.end());
    results.dataset<std::int64_t>(filled(row, {{"split", split}}), std::span<const std::int64_t>(whole),
                                  shape, meaning_of(row));
  };
  std::vector<std::int32_t> epochs(history_.size());
  for (std::size_t e = 0; e < epochs.size(); ++e) epochs[e] = static_cast<std::int32_t>(e + 1);
  results.dataset("/train/epoch", epochs, meaning_of("/train/epoch"));
  train::write(kCurves, history_, 0, "/train", results);
  matrix("/train/per_class_acc", [](const auto& r) { return by_response(r.train, &Tally::recall); }, {E, 3});
  counts("/train/per_class_count", [](const auto& r) { return by_response(r.train, &Tally::occurrences); },
         {E, 3});
  counts("/train/confusion", [](const auto& r) { return r.train.confusion(); }, {E, 3, 3});
  results.dataset<double>("/train/class_weights", std::span<const double>(loss_.class_weights), {3},
                          meaning_of("/train/class_weights"));
  const Chance chance =
      loss_.heads.empty() ? chance_level(config_.n_values, config_.sequence_length, config_.match_probability)
                          : proxy_chance(config_.properties(), loss_.heads);
  results.dataset<double>("/train/chance_all", std::span(&chance.all_steps, 1), {},
                          meaning_of("/train/chance_all"));
  results.dataset<double>("/train/chance_masked", std::span(&chance.masked, 1), {},
                          meaning_of("/train/chance_masked"));
  for (std::size_t s = 0; s < stream_->validation().size(); ++s) {
    const std::string& split = stream_->validation()[s].name;
    const std::string group = "/train/val_<split>/";
    std::vector<std::reference_wrapper<const Tally>> tallies;
    for (const EpochRecord& record : history_) tallies.emplace_back(record.validation[s]);
    train::write(kSplitCurves, tallies, 0, "/train/val_" + split, results);
    matrix(
        group + "acc_by_task_n", [s](const auto& r) { return r.validation[s].accuracy_by_task(); },
        {E, kProperties, config_.levels()}, split);
    matrix(
        group + "acc_by_t", [s](const auto& r) { return r.validation[s].accuracy_by_step(); }, {E, L}, split);
    counts(
        group + "confusion", [s](const auto& r) { return r.validation[s].confusion(); }, {E, 3, 3}, split);
  }
}

void NbackExperiment::write_sequences(Hdf5Writer& results) const {
  for (const auto& split : stream_->validation()) {
    const Batch all = batch_of(split.sequences, 0, split.sequences.size());
    const auto write = [&](const std::string& name, const auto& values, const Shape& shape) {
      const std::string row = "/sequences/<split>/" + name;
      using T = typename std::decay_t<decltype(values)>::value_type;
      results.dataset<T>(filled(row, {{"split", split.name}}), std::span<const T>(values), shape,
                         meaning_of(row));
    };
    std::vector<float> task;
    for (int b = 0; b < all.B; ++b) {
      const auto vector = task_vector(static_cast<Property>(all.feature[b]), all.n[b], config_.levels());
      task.insert(task.end(), vector.begin(), vector.end());
    }
    write("stimulus", all.stimulus, {all.B, all.L});
    if (!material_.thumbnails.empty()) {
      constexpr std::size_t bytes = std::size_t{kThumbnailSide} * kThumbnailSide * 3;
      const int shown = std::min(all.B, kShownSequences);
      std::vector<std::uint8_t> images;
      for (int i = 0; i < shown * all.L; ++i) {
        const auto first =
            material_.thumbnails.begin() + static_cast<std::ptrdiff_t>(all.stimulus[i] * bytes);
        images.insert(images.end(), first, first + bytes);
      }
      write("image", images, {shown, all.L, kThumbnailSide, kThumbnailSide, 3});
    }
    write("target", all.target, {all.B, all.L});
    write("feature", all.feature, {all.B});
    write("n", all.n, {all.B});
    write("task_vector", task, {all.B, kProperties + config_.levels()});
  }
}

void NbackExperiment::write_weights(Hdf5Writer& results, const std::string& group,
                                    const Arrays& weights) const {
  for (const Array& array : weights)
    results.dataset(group + "/" + array.name, array, meaning_of("/model/<weights>/<parameter>"));
}

void NbackExperiment::write_hidden(Hdf5Writer& results) {
  const int last = static_cast<int>(history_.size());
  const Arrays final_weights = this->weights();
  for (int e = 1; e <= last; ++e) {
    const bool selected = config_.save_hidden_epochs == HiddenEpochs::best   ? e == best_epoch_
                          : config_.save_hidden_epochs == HiddenEpochs::last ? e == last
                                                                             : wants_hidden(e);
    if (!selected) continue;
    if (config_.save_hidden_epochs != HiddenEpochs::last) {
      const auto weights =
          context_.load_weights(config_.save_hidden_epochs == HiddenEpochs::best ? "best" : epoch_name(e));
      load(weights ? *weights : final_weights);
    }
    for (const auto& split : stream_->validation()) write_hidden(results, split, e);
  }
}

void NbackExperiment::write_hidden(Hdf5Writer& results, const ValidationSet& split, int epoch) {
  const Trace all = trace(split.sequences);
  const auto N = static_cast<std::int64_t>(split.sequences.size());
  const std::int64_t L = config_.sequence_length, H = config_.hidden_size;
  const auto write = [&](const std::string& name, const std::vector<float>& values, std::int64_t width) {
    const std::string row = "/hidden/<split>/<epoch>/" + name;
    results.dataset<float>(filled(row, {{"split", split.name}, {"epoch", epoch_name(epoch)}}),
                           std::span<const float>(values), {N, L, width}, meaning_of(row));
  };
  write("hidden", all.hidden, H);
  write("cnn", all.cnn, H);
  if (!all.gates.empty()) write("gates", all.gates, H);
  write("logits", all.logits, static_cast<std::int64_t>(all.logits.size()) / (N * L));
}

}  // namespace tsd::nback
