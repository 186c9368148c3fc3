#include "families/nback/analysis/study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "families/nback/analysis/measures/stratified.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string_view name_of(AnalysisMode mode) {
  return mode == AnalysisMode::corrected   ? "corrected"
         : mode == AnalysisMode::reference ? "reference"
                                           : "paper";
}

bool chosen(const std::vector<int>& wanted, int value) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), value) > 0;
}

bool chosen(const std::vector<std::string>& wanted, Property value) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), name_of(value)) > 0;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// In every group of equal task and n, the last of a random order.
std::vector<bool> hold_out(const std::vector<Sequence>& sequences, double fraction, Philox rng) {
  std::map<std::pair<Property, int>, std::vector<int>> groups;
  for (std::size_t i = 0; i < sequences.size(); ++i)
    groups[{sequences[i].feature, sequences[i].n}].push_back(static_cast<int>(i));
  std::vector<bool> held_out(sequences.size());
  for (auto& [key, members] : groups) {
    shuffle(members, rng);
    const auto count = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(members.size())));
    for (std::size_t i = members.size() - std::min(count, members.size()); i < members.size(); ++i)
      held_out[members[i]] = true;
  }
  return held_out;
}

}  // namespace

Dense Recording::rows(const std::vector<float>& values, std::span<const int> which, int t) const {
  Dense x(static_cast<int>(which.size()), H);
  for (int i = 0; i < x.rows; ++i)
    std::copy_n(&values[(static_cast<std::size_t>(which[i]) * L + t) * H], H, x.span(i).begin());
  return x;
}

std::vector<int> Context::all() const {
  std::vector<int> both = train;
  both.insert(both.end(), test.begin(), test.end());
  std::sort(both.begin(), both.end());
  both.erase(std::unique(both.begin(), both.end()), both.end());
  return both;
}

Study::Study(Experiment& finished, std::string name)
    : experiment_(dynamic_cast<NbackExperiment&>(finished)),
      name_(std::move(name)),
      epoch_(experiment_.use_epoch(options().epoch)) {}

bool Study::answers_the_task() const {
  if (config().mode == Mode::train) return true;
  log_info(name_ +
           ": the run has mode proxy, whose network gives no answers to the task; nothing to look at");
  return false;
}

TaskMix Study::mix() const {
  TaskMix mix{{}, {}, config().sequence_length, config().match_probability};
  for (const int n : config().n_values)
    if (chosen(options().n, n)) mix.n_values.push_back(n);
  for (const Property feature : config().properties())
    if (chosen(options().tasks, feature)) mix.features.push_back(feature);
  if (mix.n_values.empty() || mix.features.empty())
    throw DataError(name_ + ": analysis.tasks, analysis.n: expected tasks of the run (" +
                    listed(config().task_features) + "; n of n_values), got none of them");
  return mix;
}

Recording Study::record() const {
  const TaskMix wanted = mix();
  if (options().split == "shared")
    return record(shared_dataset(set(), wanted, options().samples_per_task, options().seed).sequences,
                  "shared");
  std::vector<Sequence> sequences;
  std::vector<std::string> there = {"shared"};
  bool found = false;
  for (const auto& split : experiment_.validation()) {
    there.push_back(split.name);
    if (options().split != split.name && options().split != "validation") continue;
    found = true;
    for (const Sequence& s : split.sequences)
      if (chosen(options().tasks, s.feature) && chosen(options().n, s.n)) sequences.push_back(s);
  }
  if (!found)
    throw MissingInput(experiment_.context().directory.string() + ": analysis.split: expected one of " +
                       listed(there) + ", got " + options().split);
  return record(std::move(sequences), options().split);
}

Recording Study::record(std::vector<Sequence> sequences, const std::string& split) const {
  Recording recording;
  recording.split = split;
  recording.epoch = epoch_;
  recording.L = static_cast<int>(sequences.empty() ? 0 : sequences[0].stimulus.size());
  recording.H = config().hidden_size;
  const double numbers = (config().with_attention ? 3.0 : 2.0) * recording.L * recording.H;  // of a sequence
  require_memory({{split == "shared" ? "analysis.samples_per_task" : "analysis.split",
                   sizeof(float) * numbers * static_cast<double>(sequences.size())}},
                 free_memory());
  recording.trace = experiment_.trace(sequences);
  recording.held_out = hold_out(sequences, options().test_fraction, random("split"));
  recording.sequences = std::move(sequences);
  return recording;
}

Contexts Study::contexts_kind() const {
  return options().mode == AnalysisMode::paper ? Contexts::task_n : options().contexts;
}

std::vector<Context> Study::contexts(const Recording& recording, Contexts kind) const {
  std::vector<Context> all;
  const TaskMix wanted = mix();
  if (kind == Contexts::pooled) all.push_back({"all", {}, {}, {}, {}});
  for (const Property task : wanted.features) {
    const std::string name(name_of(task));
    if (kind == Contexts::task) all.push_back({name, task, {}, {}, {}});
    if (kind == Contexts::task_n)
      for (const int n : wanted.n_values) all.push_back({name + " n=" + std::to_string(n), task, n, {}, {}});
  }
  for (Context& context : all) {
    for (int i = 0; i < recording.N(); ++i) {
      const Sequence& s = recording.sequences[i];
      if ((context.task && s.feature != *context.task) || (context.n && s.n != *context.n)) continue;
      if (in_sample() || !recording.held_out[i]) context.train.push_back(i);
      if (in_sample() || recording.held_out[i]) context.test.push_back(i);
    }
    if (context.train.empty() || context.test.empty())
      throw DataError(name_ + ": " + context.name + ": too few sequences in " + recording.split +
                      ": expected some on either side of the split, got " +
                      std::to_string(context.train.size()) + " to fit and " +
                      std::to_string(context.test.size()) + " to test");
  }
  return all;
}

std::vector<Property> Study::properties() const {
  std::vector<Property> all;
  for (const auto& name : options().properties) all.push_back(*property_named(name));
  return all;
}

int Study::values(Property property) const {
  return property == Property::location   ? kLocations
         : property == Property::identity ? static_cast<int>(set().identities.size())
                                          : static_cast<int>(set().categories.size());
}

int Study::time(int t) const {
  if (t >= config().sequence_length)
    throw DataError(name_ + ": analysis: expected a step below sequence_length " +
                    std::to_string(config().sequence_length) + ", got " + std::to_string(t));
  return t;
}

std::vector<int> Study::times() const {
  std::vector<int> all = options().times;
  if (all.empty()) {
    all.resize(config().sequence_length);
    std::iota(all.begin(), all.end(), 0);
  }
  for (int t : all) time(t);
  return all;
}

std::vector<int> Study::labels(const Recording& recording, std::span<const int> which, Property property,
                               int t) const {
  std::vector<int> all;
  for (int i : which) all.push_back(value_of(set().stimuli[recording.sequences[i].stimulus[t]], property));
  return all;
}

std::vector<int> Study::training_labels(const Recording& recording, const Context& context, Property property,
                                        int t) const {
  auto all = labels(recording, context.train, property, t);
  const auto values = classes_of(all).size();
  if (values < 2)
    throw DataError(name_ + ": " + std::string(name_of(property)) + " at step " + std::to_string(t) + ", " +
                    context.name + ": expected at least two values to tell apart, got " +
                    std::to_string(values) + " in " + std::to_string(all.size()) + " sequences of " +
                    recording.split);
  return all;
}

std::vector<int> Study::class_order(const Recording& recording, const Context& context, Property property,
                                    int t) const {
  const auto appearing = labels(recording, context.all(), property, t);
  return in_sample() ? in_order_of_appearance(appearing) : classes_of(appearing);
}

std::string Study::null_model() const {
  return options().null_model == NullModel::refit ? "refit" : "test_labels";
}

Null Study::null_of(const SvcProblem& problem, std::span<const int> labels, const Dense& test,
                    std::span<const int> test_labels, const Answers& given) const {
  Philox rng = random("shuffles");
  return options().null_model == NullModel::refit
             ? refitted(problem, labels, test, test_labels, given.accuracy(), options().shuffles, rng)
             : shuffled(given, options().shuffles, rng);
}

Philox Study::random(const std::string& stream) const { return Philox(options().seed, "analysis." + stream); }

void Study::sign(Hdf5Writer& file, const std::string& group, const Recording& recording,
                 const std::string& classifier) const {
  file.attribute(group, "mode", std::string(name_of(options().mode)));
  file.attribute(group, "epoch", static_cast<std::int64_t>(recording.epoch));
  file.attribute(group, "split", recording.split);
  file.attribute(group, "seed", options().seed);
  file.attribute(group, "n_sequences", static_cast<std::int64_t>(recording.N()));
  file.attribute(group, "classifier", classifier);
}

Null refitted(const SvcProblem& problem, std::span<const int> labels, const Dense& test,
              std::span<const int> test_labels, double accuracy, int shuffles, Philox& rng) {
  std::vector<int> other(labels.begin(), labels.end());
  std::vector<double> accuracies;
  for (int s = 0; s < shuffles; ++s) {
    shuffle(other, rng);
    accuracies.push_back(answers(problem.fit(other), test, test_labels).accuracy());
  }
  return null_of(accuracies, accuracy);
}

Answers answers(const Svc& decoder, const Dense& x, std::span<const int> labels) {
  const auto predicted = decoder.predict(x);
  Answers known;
  known.classes = static_cast<int>(decoder.classes().size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (std::ranges::count(decoder.classes(), labels[i]) == 0) continue;
    known.label.push_back(labels[i]);
    known.predicted.push_back(predicted[i]);
  }
  return known;
}

namespace {
struct Column {
  const char *name, *units, *description;
};
constexpr Column kColumns[] = {{"accuracy", "fraction", ""},
                               {"ci_low", "fraction", "2.5 % bootstrap percentile of "},
                               {"ci_high", "fraction", "97.5 % bootstrap percentile of "},
                               {"normalised", "", "(accuracy - chance) / (1 - chance) of "},
                               {"chance", "fraction", "1 / number of classes known to the decoder: "},
                               {"null_mean", "fraction", "mean over shuffled labels: "},
                               {"null_sd", "fraction", "SD over shuffled labels: "},
                               {"p", "probability", "share of shuffles at least as accurate: "},
                               {"n_test", "sequences", "sequences decoded: "}};
}  // namespace

Scores::Scores(Shape shape, int shuffles, const Philox& rng)
    : shape_(std::move(shape)), shuffles_(shuffles), rng_(rng) {
  columns_.assign(std::size(kColumns), std::vector<double>(count(shape_), kNone));
}

void Scores::put(std::size_t cell, const Answers& answers) {
  Philox rng = rng_;
  put(cell, answers, shuffled(answers, shuffles_, rng));
}

void Scores::put(std::size_t cell, const Answers& answers, const Null& null) {
  const int n = static_cast<int>(answers.label.size());
  const Interval interval = bootstrap_interval(answers.correct(), n);
  const double values[] = {answers.accuracy(),
                           interval.low,
                           interval.high,
                           normalised(answers.accuracy(), answers.classes),
                           1.0 / answers.classes,
                           null.mean,
                           null.sd,
                           null.p,
                           double(n)};
  for (std::size_t c = 0; c < std::size(values); ++c) columns_[c][cell] = values[c];
}

void Scores::write(Hdf5Writer& file, const std::vector<Output>& rows, const std::string& group,
                   const std::string& filled_group) const {
  for (std::size_t c = 0; c < columns_.size(); ++c)
    nback::write(file, rows, group + "/" + kColumns[c].name, filled_group + "/" + kColumns[c].name,
                 columns_[c], shape_);
}

std::vector<Output> score_outputs(const std::string& group, const std::string& dims,
                                  const std::string& what) {
  std::vector<Output> rows;
  for (const Column& column : kColumns)
    rows.push_back({group + "/" + column.name, dims, column.units, column.description + what});
  return rows;
}

void write(Hdf5Writer& file, const std::vector<Output>& rows, const std::string& row, const std::string& path,
           std::span<const double> values, const Shape& shape) {
  file.dataset<double>(path, values, shape, tsd::meaning_of(rows, row));
}

Context split_for(const Study& study, const Recording& recording, const Context& context, Property property,
                  int t) {
  if (!study.in_sample()) return context;
  const auto all = context.all();
  const auto order = study.class_order(recording, context, property, t);
  std::vector<int> numbers;
  for (const int label : study.labels(recording, all, property, t))
    numbers.push_back(static_cast<int>(std::ranges::find(order, label) - order.begin()));
  const Split split = stratified_split(numbers, study.options().test_fraction,
                                       static_cast<std::uint32_t>(study.options().seed));
  Context own = context;
  own.train.clear();
  own.test.clear();
  for (int i : split.train) own.train.push_back(all[i]);
  for (int i : split.test) own.test.push_back(all[i]);
  return own;
}

}  // namespace tsd::nback
