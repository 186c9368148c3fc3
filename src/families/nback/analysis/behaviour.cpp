// Answers by task, n and step, as those of people are looked at: hits, false alarms to lures, d' and criterion,
// by load and by serial position; longer sequences and levels never trained (nback.md 12).
#include <algorithm>
#include <cmath>
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/detection.hpp"
#include "families/nback/analysis/study.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kSets = {"train", "novel_angle", "novel_identity"};
const std::vector<std::string> kLures = {"none", "n - 1", "n + 1"};

struct Measure {
  const char *name, *units, *description;
  double (*of)(const Detection&);
};
constexpr Measure kMeasures[] = {
    {"matches", "steps", "matches", [](const Detection& d) { return d.matches; }},
    {"hits", "fraction", "matches answered with match", [](const Detection& d) { return d.hit_rate(); }},
    {"non_matches", "steps", "non-matches", [](const Detection& d) { return d.non_matches; }},
    {"false_alarms", "fraction", "non-matches answered with match",
     [](const Detection& d) { return d.alarm_rate(); }},
    {"d_prime", "", "z(hits) - z(false alarms), half a trial added to either answer",
     [](const Detection& d) { return d.d_prime(); }},
    {"criterion", "", "-(z(hits) + z(false alarms)) / 2, likewise: above 0, match is said too rarely",
     [](const Detection& d) { return d.criterion(); }}};

// How trials are grouped: group of the datasets, its dimensions, what its trials are.
struct Grouped {
  const char *group, *dims, *trials;
};
constexpr Grouped kAll = {"/behaviour/detection", "set,task,level", "on executive steps"};
constexpr Grouped kByLure = {"/behaviour/detection/by_lure", "set,task,level,lure",
                             "all matches beside the non-matches with that lure"};
constexpr Grouped kByLoad = {"/behaviour/detection/by_load", "set,task,level,load",
                             "steps before which the last n stimuli had so many different values"};
constexpr Grouped kByStep = {"/behaviour/detection/by_step", "set,task,level,time", "at that step"};

std::vector<Output> outputs() {
  std::vector<Output> rows = {
      {"/behaviour/sets", "set", "", "stimuli of the sequences"},
      {"/behaviour/tasks", "task", "", "property to compare"},
      {"/behaviour/n", "level", "steps", "n-back levels, those not trained last"},
      {"/behaviour/lures", "lure", "", "where else than n steps back the same value was seen"},
      {"/behaviour/loads", "load", "values", "different values among the n stimuli to remember"},
      {"/behaviour/accuracy", "set,task,level", "fraction", "on executive steps"},
      {"/behaviour/ci_low", "set,task,level", "fraction", "2.5 % bootstrap percentile, sequences resampled"},
      {"/behaviour/ci_high", "set,task,level", "fraction", "97.5 % bootstrap percentile"},
      {"/behaviour/accuracy_by_step", "set,task,level,time", "fraction", "by step, trivial ones included"},
      {"/behaviour/false_alarms", "set,task,level,lure", "fraction",
       "non-matches answered with match; NaN where no such lure is possible"},
      {"/behaviour/non_matches", "set,task,level,lure", "steps", "non-matches with that lure"},
      {"/behaviour/chance", "", "fraction", "of a constant answer on executive steps"},
      {"/behaviour/longer/length_<l>/accuracy_by_step", "set,task,trained level,time #", "fraction",
       "on sequences of l steps, trained levels only"}};
  for (const Grouped& g : {kAll, kByLure, kByLoad, kByStep})
    for (const Measure& m : kMeasures)
      rows.push_back({std::string(g.group) + "/" + m.name, g.dims, m.units,
                      std::string(m.description) + "; " + g.trials});
  for (const std::string name : {"d_prime", "criterion"}) {
    const std::string path = std::string(kAll.group) + "/" + name;
    rows.push_back({path + "_ci_low", kAll.dims, "", "2.5 % bootstrap percentile, sequences resampled"});
    rows.push_back({path + "_ci_high", kAll.dims, "", "97.5 % bootstrap percentile"});
  }
  return rows;
}

// Answers of one set, task, level.
struct Cell {
  std::vector<double> by_step;  // accuracy
  double accuracy = kNone;
  Interval interval, d_prime, criterion;
  Detection all, by_lure[3];
  std::vector<Detection> at_load, at_step;  // [load - 1], [t]
};

int answer(const float* logits) {
  return static_cast<int>(std::max_element(logits, logits + kResponses) - logits);
}

// What is known of one executive step.
struct Trial {
  bool is_match, says_match;
  bool before, after;  // the value of n - 1, or n + 1, steps back
  int load;
};

Trial trial_of(const std::vector<int>& values, const Sequence& s, int t, int given) {
  const auto first = values.begin() + t - s.n;
  return {s.target[t] == static_cast<int>(Response::match), given == static_cast<int>(Response::match),
          s.n > 1 && values[t] == values[t - s.n + 1], t > s.n && values[t] == values[t - s.n - 1],
          static_cast<int>(classes_of({first, first + s.n}).size())};
}

void note(const Trial& trial, int t, Cell& cell) {
  const auto add = [&](Detection& counts) { counts.add(trial.is_match, trial.says_match); };
  add(cell.all);
  add(cell.at_load[trial.load - 1]);
  add(cell.at_step[t]);
  if (trial.is_match || (!trial.before && !trial.after)) add(cell.by_lure[0]);
  if (trial.is_match || trial.before) add(cell.by_lure[1]);
  if (trial.is_match || trial.after) add(cell.by_lure[2]);
}

// Of accuracy and of what is detected, sequences resampled.
void resample(const Study& study, const std::vector<double>& right, const std::vector<Detection>& detected,
              Cell& cell) {
  const auto N = right.size();
  Philox rng = study.random("behaviour");
  std::vector<double> accuracy, d_prime, criterion;
  for (int r = 0; r < study.options().resamples; ++r) {
    double sum = 0;
    Detection counts;
    for (std::size_t i = 0; i < N; ++i) {
      const auto drawn = rng.below(N);
      sum += right[drawn] / static_cast<double>(N);
      counts += detected[drawn];
    }
    accuracy.push_back(sum);
    if (counts.matches == 0 || counts.non_matches == 0) continue;
    d_prime.push_back(counts.d_prime());
    criterion.push_back(counts.criterion());
  }
  cell.interval = percentiles(accuracy);
  cell.d_prime = percentiles(d_prime);
  cell.criterion = percentiles(criterion);
}

Cell cell_of(const Study& study, const std::vector<Sequence>& sequences, const Trace& trace) {
  const int L = static_cast<int>(sequences[0].stimulus.size()), N = static_cast<int>(sequences.size());
  Cell cell;
  cell.by_step.resize(L);
  cell.at_step.resize(L);
  cell.at_load.resize(sequences[0].n);
  std::vector<double> right(N);
  std::vector<Detection> detected(N);
  for (int i = 0; i < N; ++i) {
    const Sequence& s = sequences[i];
    std::vector<int> values;
    for (const int shown : s.stimulus) values.push_back(value_of(study.set().stimuli[shown], s.feature));
    for (int t = 0; t < L; ++t) {
      const int given = answer(&trace.logits[(static_cast<std::size_t>(i) * L + t) * kResponses]);
      const bool correct = given == s.target[t];
      cell.by_step[t] += double(correct) / N;
      if (t < s.n) continue;
      right[i] += double(correct) / (L - s.n);
      const Trial trial = trial_of(values, s, t, given);
      note(trial, t, cell);
      detected[i].add(trial.is_match, trial.says_match);
    }
  }
  cell.accuracy = 0;
  for (double share : right) cell.accuracy += share / N;
  resample(study, right, detected, cell);
  return cell;
}

class Asker {
 public:
  explicit Asker(const Study& study) : study_(study) {
    const auto& splits = study.experiment().material().splits;
    for (const auto* pool : {&splits.train, &splits.novel_angle, &splits.novel_identity})
      generators_.emplace_back(study.set(), *pool);
  }

  Cell operator()(std::size_t set, Property task, int n, int L) const {
    Philox rng = study_.random("behaviour " + kSets[set] + " " + std::string(name_of(task)) + " " +
                               std::to_string(n) + " " + std::to_string(L));
    std::vector<Sequence> sequences;
    for (int i = 0; i < study_.options().behaviour_sequences; ++i)
      sequences.push_back(generators_[set].draw(rng, task, n, L, study_.config().match_probability));
    return cell_of(study_, sequences, study_.experiment().trace(sequences));
  }

 private:
  const Study& study_;
  std::vector<SequenceGenerator> generators_;
};

// Cells of all sets, tasks and levels, and where they go.
class Report {
 public:
  Report(std::vector<Cell> cells, Shape shape, Hdf5Writer& file)
      : cells_(std::move(cells)), shape_(std::move(shape)), file_(file), rows_(outputs()) {}

  // One number per cell.
  template <class Value>
  void put(const std::string& path, const Value& value) const {
    write(file_, rows_, path, path, per_cell(value), shape_);
  }
  // `width` numbers per cell: value(cell, i).
  template <class Value>
  void put(const std::string& path, std::size_t width, const Value& value) const {
    std::vector<double> all;
    for (const Cell& cell : cells_)
      for (std::size_t i = 0; i < width; ++i) all.push_back(value(cell, i));
    Shape shape = shape_;
    shape.push_back(static_cast<std::int64_t>(width));
    write(file_, rows_, path, path, all, shape);
  }
  // All measures of the counts that `counts(cell, i)` points to, if any.
  template <class Counts>
  void detection(const Grouped& grouped, std::size_t width, const Counts& counts) const {
    for (const Measure& measure : kMeasures)
      put(std::string(grouped.group) + "/" + measure.name, width, [&](const Cell& cell, std::size_t i) {
        const Detection* found = counts(cell, i);
        return found ? measure.of(*found) : kNone;
      });
  }

 private:
  template <class Value>
  std::vector<double> per_cell(const Value& value) const {
    std::vector<double> all;
    for (const Cell& cell : cells_) all.push_back(value(cell));
    return all;
  }

  std::vector<Cell> cells_;
  Shape shape_;
  Hdf5Writer& file_;
  std::vector<Output> rows_;
};

void write_cells(const Report& report, int L, int loads) {
  report.put("/behaviour/accuracy", [](const Cell& c) { return c.accuracy; });
  report.put("/behaviour/ci_low", [](const Cell& c) { return c.interval.low; });
  report.put("/behaviour/ci_high", [](const Cell& c) { return c.interval.high; });
  report.put("/behaviour/accuracy_by_step", L, [](const Cell& c, std::size_t t) { return c.by_step[t]; });
  report.put("/behaviour/false_alarms", kLures.size(),
             [](const Cell& c, std::size_t l) { return c.by_lure[l].alarm_rate(); });
  report.put("/behaviour/non_matches", kLures.size(),
             [](const Cell& c, std::size_t l) { return c.by_lure[l].non_matches; });
  const std::string detection = kAll.group;
  for (const Measure& m : kMeasures)
    report.put(detection + "/" + m.name, [&](const Cell& c) { return m.of(c.all); });
  report.put(detection + "/d_prime_ci_low", [](const Cell& c) { return c.d_prime.low; });
  report.put(detection + "/d_prime_ci_high", [](const Cell& c) { return c.d_prime.high; });
  report.put(detection + "/criterion_ci_low", [](const Cell& c) { return c.criterion.low; });
  report.put(detection + "/criterion_ci_high", [](const Cell& c) { return c.criterion.high; });
  report.detection(kByLure, kLures.size(), [](const Cell& c, std::size_t l) { return &c.by_lure[l]; });
  report.detection(kByLoad, loads, [](const Cell& c, std::size_t load) {
    return load < c.at_load.size() ? &c.at_load[load] : nullptr;
  });
  report.detection(kByStep, L, [](const Cell& c, std::size_t t) { return &c.at_step[t]; });
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "behaviour");
  if (!study.answers_the_task()) return;
  const Asker ask(study);
  const TaskMix mix = study.mix();
  std::vector<int> levels = mix.n_values, loads;
  for (int n : study.options().n_beyond)
    if (n < mix.L && std::ranges::count(study.config().n_values, n) == 0) levels.push_back(n);
  for (int load = 1; load <= *std::ranges::max_element(levels); ++load) loads.push_back(load);
  const Shape shape = {static_cast<std::int64_t>(kSets.size()),
                       static_cast<std::int64_t>(mix.features.size()),
                       static_cast<std::int64_t>(levels.size())};
  std::vector<Cell> cells;
  std::vector<std::string> tasks;
  for (const Property task : mix.features) tasks.emplace_back(name_of(task));
  for (std::size_t set = 0; set < kSets.size(); ++set)
    for (const Property task : mix.features)
      for (const int n : levels) cells.push_back(ask(set, task, n, mix.L));
  const auto rows = outputs();
  file.strings("/behaviour/sets", kSets, tsd::meaning_of(rows, "/behaviour/sets"));
  file.strings("/behaviour/tasks", tasks, tsd::meaning_of(rows, "/behaviour/tasks"));
  file.strings("/behaviour/lures", kLures, tsd::meaning_of(rows, "/behaviour/lures"));
  file.dataset("/behaviour/n", levels, tsd::meaning_of(rows, "/behaviour/n"));
  file.dataset("/behaviour/loads", loads, tsd::meaning_of(rows, "/behaviour/loads"));
  write_cells({std::move(cells), shape, file}, mix.L, static_cast<int>(loads.size()));
  write(file, rows, "/behaviour/chance", "/behaviour/chance",
        std::vector{std::max(mix.match_probability, 1 - mix.match_probability)}, {});
  for (const int L : study.options().lengths) {
    std::vector<double> longer;
    for (std::size_t set = 0; set < kSets.size(); ++set)
      for (const Property task : mix.features)
        for (const int n : mix.n_values) {
          const auto steps = n < L ? ask(set, task, n, L).by_step : std::vector<double>(L, kNone);
          longer.insert(longer.end(), steps.begin(), steps.end());
        }
    write(file, rows, "/behaviour/longer/length_<l>/accuracy_by_step",
          "/behaviour/longer/length_" + std::to_string(L) + "/accuracy_by_step", longer,
          {shape[0], shape[1], static_cast<std::int64_t>(mix.n_values.size()), L});
  }
  file.attribute("/behaviour", "epoch", static_cast<std::int64_t>(study.epoch()));
  file.attribute("/behaviour", "seed", study.options().seed);
  file.attribute("/behaviour", "n_sequences", static_cast<std::int64_t>(study.options().behaviour_sequences));
}

}  // namespace

Analysis behaviour() {
  return {"behaviour",
          "accuracy, hits, false alarms, d' and criterion by task, n and step; lures, longer sequences and "
          "levels never trained",
          outputs(), run};
}

}  // namespace tsd::nback
