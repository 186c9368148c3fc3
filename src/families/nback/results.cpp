// What an N-back run leaves in results.h5 (nback.md 6.3); every dataset is listed in family.cpp and results/README.md.
#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include "families/nback/experiment.hpp"

namespace tsd::nback {

namespace {

using Doubles = std::vector<double>;

// One value per epoch.
template <class F>
Doubles per_epoch(const std::vector<EpochRecord>& history, F&& value) {
  Doubles values;
  for (const auto& record : history) values.push_back(value(record));
  return values;
}

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
  return {(tally.*value)(Response::no_action), (tally.*value)(Response::non_match), (tally.*value)(Response::match)};
}

std::string epoch_group(const std::string& split, int epoch) {
  char name[96];
  std::snprintf(name, sizeof name, "/hidden/%s/epoch_%03d/", split.c_str(), epoch);
  return name;
}

void append(std::vector<float>& all, const std::vector<float>& part) { all.insert(all.end(), part.begin(), part.end()); }

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
  results.strings("/stimuli/path", paths, {"stimulus", "", "file name of the image"});
  results.dataset("/stimuli/category", category, {"stimulus", "index into category_names", "category, 0-based"});
  results.dataset("/stimuli/identity", identity, {"stimulus", "index into identity_names", "object, 0-based"});
  results.dataset("/stimuli/location", location, {"stimulus", "0 top left, 1 top right, 2 bottom left, 3 bottom right", "where it is shown"});
  results.dataset("/stimuli/angle", angle, {"stimulus", "index", "view angle, 0-based"});
  results.dataset("/stimuli/split", split, {"stimulus", "0 train, 1 novel_angle, 2 novel_identity, 255 none", "use of the stimulus"});
  results.strings("/stimuli/category_names", material_.set.categories, {"category", "", "names of the categories"});
  results.strings("/stimuli/identity_names", material_.set.identities, {"identity", "", "names of the objects"});
  results.attribute("/stimuli", "backbone", material_.backbone);
  results.attribute("/stimuli", "weights", material_.weights);
  results.attribute("/stimuli", "bn_mode", material_.bn);
}

void NbackExperiment::write_curves(Hdf5Writer& results) const {
  const auto E = static_cast<std::int64_t>(history_.size());
  const std::int64_t L = config_.sequence_length;
  const auto curve = [&](const std::string& path, auto value, const std::string& units, const std::string& meaning) {
    results.dataset(path, per_epoch(history_, value), {"epoch", units, meaning});
  };
  std::vector<std::int32_t> epochs(history_.size());
  for (std::size_t e = 0; e < epochs.size(); ++e) epochs[e] = static_cast<std::int32_t>(e + 1);
  results.dataset("/train/epoch", epochs, {"epoch", "", "number of the epoch, from 1"});
  curve("/train/lr", [](const auto& r) { return r.lr; }, "", "AdamW step size in the epoch");
  curve("/train/train_loss", [](const auto& r) { return r.train.loss(); }, "nat", "training loss, mean over batches");
  curve("/train/train_acc", [](const auto& r) { return r.train.accuracy(); }, "fraction", "accuracy over all steps, mean over batches");
  curve("/train/train_masked_acc", [](const auto& r) { return r.train.masked_accuracy(); }, "fraction", "accuracy on executive steps (t >= n)");
  curve("/train/train_no_action_acc", [](const auto& r) { return r.train.no_action_accuracy(); }, "fraction", "accuracy on trivial steps (t < n)");
  const auto matrix = [&](const std::string& path, auto row, Shape shape, const Meaning& meaning) {
    results.dataset<double>(path, std::span<const double>(rows_per_epoch(history_, row)), shape, meaning);
  };
  const auto counts = [&](const std::string& path, auto row, Shape shape, const Meaning& meaning) {
    const Doubles values = rows_per_epoch(history_, row);
    const std::vector<std::int64_t> whole(values.begin(), values.end());
    results.dataset<std::int64_t>(path, std::span<const std::int64_t>(whole), shape, meaning);
  };
  matrix("/train/per_class_acc", [](const auto& r) { return by_response(r.train, &Tally::recall); }, {E, 3},
         {"epoch,response", "fraction", "recall per response on executive steps"});
  counts("/train/per_class_count", [](const auto& r) { return by_response(r.train, &Tally::occurrences); }, {E, 3},
         {"epoch,response", "steps", "executive steps per response"});
  counts("/train/confusion", [](const auto& r) { return r.train.confusion(); }, {E, 3, 3},
         {"epoch,target,predicted", "steps", "confusion matrix on executive steps"});
  results.dataset<double>("/train/class_weights", std::span<const double>(loss_.class_weights), {3},
                          {"response", "", "weights of the cross entropy: no_action, non_match, match"});
  const Chance chance = chance_level(config_.n_values, config_.sequence_length, config_.match_probability);
  results.dataset<double>("/train/chance_all", std::span(&chance.all_steps, 1), {}, {"", "fraction", "accuracy of a constant answer over all steps"});
  results.dataset<double>("/train/chance_masked", std::span(&chance.masked, 1), {}, {"", "fraction", "accuracy of a constant answer on executive steps"});
  for (std::size_t s = 0; s < stream_->validation().size(); ++s) {
    const std::string group = "/train/val_" + stream_->validation()[s].name + "/";
    curve(group + "loss", [s](const auto& r) { return r.validation[s].main_loss(); }, "nat", "weighted cross entropy on executive steps, mean over batches");
    curve(group + "total_loss", [s](const auto& r) { return r.validation[s].loss(); }, "nat", "the same with the no-action term, as in training");
    curve(group + "acc", [s](const auto& r) { return r.validation[s].accuracy(); }, "fraction", "accuracy over all steps, mean over batches");
    curve(group + "acc_masked", [s](const auto& r) { return r.validation[s].masked_accuracy(); }, "fraction", "accuracy on executive steps");
    curve(group + "acc_no_action", [s](const auto& r) { return r.validation[s].no_action_accuracy(); }, "fraction", "accuracy on trivial steps");
    matrix(group + "acc_by_task_n", [s](const auto& r) { return r.validation[s].accuracy_by_task(); }, {E, 3, 3},
           {"epoch,property,n", "fraction", "accuracy on executive steps per task (location, identity, category) and n = 1..3; NaN where not run"});
    matrix(group + "acc_by_t", [s](const auto& r) { return r.validation[s].accuracy_by_step(); }, {E, L},
           {"epoch,time", "fraction", "accuracy per step of the sequence"});
    counts(group + "confusion", [s](const auto& r) { return r.validation[s].confusion(); }, {E, 3, 3},
           {"epoch,target,predicted", "steps", "confusion matrix on executive steps"});
  }
}

void NbackExperiment::write_sequences(Hdf5Writer& results) const {
  for (const auto& split : stream_->validation()) {
    const Batch all = batch_of(split.sequences, 0, split.sequences.size());
    const std::string group = "/sequences/" + split.name + "/";
    std::vector<float> task;
    for (int b = 0; b < all.B; ++b) {
      const auto vector = task_vector(static_cast<Property>(all.feature[b]), all.n[b]);
      task.insert(task.end(), vector.begin(), vector.end());
    }
    results.dataset<std::int32_t>(group + "stimulus", std::span<const std::int32_t>(all.stimulus), {all.B, all.L},
                                  {"sequence,time", "index into /stimuli", "what is seen, 0-based"});
    results.dataset<std::uint8_t>(group + "target", std::span<const std::uint8_t>(all.target), {all.B, all.L},
                                  {"sequence,time", "0 no_action, 1 non_match, 2 match", "right answer"});
    results.dataset(group + "feature", all.feature, {"sequence", "0 location, 1 identity, 2 category", "property to compare"});
    results.dataset(group + "n", all.n, {"sequence", "steps", "how far back to compare"});
    results.dataset<float>(group + "task_vector", std::span<const float>(task), {all.B, kTaskInputs},
                           {"sequence,input", "", "task input of the network"});
  }
}

void NbackExperiment::write_weights(Hdf5Writer& results, const std::string& group, const Arrays& weights) const {
  for (const Array& array : weights)
    results.dataset(group + "/" + array.name, array, {"as in PyTorch", "", "trained parameter"});
}

void NbackExperiment::write_hidden(Hdf5Writer& results) {
  const int last = static_cast<int>(history_.size());
  const Arrays final_weights = this->weights();
  for (int e = 1; e <= last; ++e) {
    const bool selected = config_.save_hidden_epochs == HiddenEpochs::best ? e == best_epoch_
                          : config_.save_hidden_epochs == HiddenEpochs::last ? e == last
                                                                             : wants_hidden(e);
    if (!selected) continue;
    if (config_.save_hidden_epochs != HiddenEpochs::last) {
      char name[32];
      std::snprintf(name, sizeof name, "epoch_%03d", e);
      const auto weights = context_.load_weights(config_.save_hidden_epochs == HiddenEpochs::best ? "best" : name);
      load(weights ? *weights : final_weights);
    }
    for (const auto& split : stream_->validation()) write_hidden(results, split, e);
  }
}

void NbackExperiment::write_hidden(Hdf5Writer& results, const ValidationSet& split, int epoch) {
  const std::size_t size = config_.batch_size;
  Trace all, part;
  for (std::size_t begin = 0; begin < split.sequences.size(); begin += size) {
    backend_->evaluate(batch_of(split.sequences, begin, std::min(split.sequences.size(), begin + size)), loss_, &part);
    append(all.hidden, part.hidden);
    append(all.cnn, part.cnn);
    append(all.gates, part.gates);
    append(all.logits, part.logits);
  }
  const std::string group = epoch_group(split.name, epoch);
  const auto N = static_cast<std::int64_t>(split.sequences.size());
  const std::int64_t L = config_.sequence_length, H = config_.hidden_size;
  const auto write = [&](const std::string& name, const std::vector<float>& values, std::int64_t width, const char* unit_name,
                         const char* meaning) {
    results.dataset<float>(group + name, std::span<const float>(values), {N, L, width},
                           {std::string("sequence,time,") + unit_name, "", meaning});
  };
  write("hidden", all.hidden, H, "unit", "recurrent state of the top layer");
  write("cnn", all.cnn, H, "unit", "perceptual input after the 1x1 convolution and pooling, before the gate");
  if (!all.gates.empty()) write("gates", all.gates, H, "unit", "gate on the perceptual input");
  write("logits", all.logits, kResponses, "response", "outputs before the softmax");
}

}  // namespace tsd::nback
