// Answers by task, n and step; false alarms to lures; longer sequences and levels never trained (nback.md
// 12).
#include <algorithm>
#include <cmath>
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kSets = {"train", "novel_angle", "novel_identity"};
const std::vector<std::string> kLures = {"none", "n - 1", "n + 1"};

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/behaviour/sets", "set", "", "stimuli of the sequences"},
      {"/behaviour/tasks", "task", "", "property to compare"},
      {"/behaviour/n", "level", "steps", "n-back levels, those not trained last"},
      {"/behaviour/lures", "lure", "", "where else than n steps back the same value was seen"},
      {"/behaviour/accuracy", "set,task,level", "fraction", "on executive steps"},
      {"/behaviour/ci_low", "set,task,level", "fraction", "2.5 % bootstrap percentile, sequences resampled"},
      {"/behaviour/ci_high", "set,task,level", "fraction", "97.5 % bootstrap percentile"},
      {"/behaviour/accuracy_by_step", "set,task,level,time", "fraction", "by step, trivial ones included"},
      {"/behaviour/false_alarms", "set,task,level,lure", "fraction",
       "non-matches answered with match; NaN where no such lure is possible"},
      {"/behaviour/non_matches", "set,task,level,lure", "steps", "non-matches with that lure"},
      {"/behaviour/chance", "", "fraction", "of a constant answer on executive steps"},
      {"/behaviour/longer/length_<l>/accuracy_by_step", "set,task,level,time", "fraction",
       "on sequences of l steps, trained levels only"}};
  return rows;
}

// Answers of one set, task, level.
struct Cell {
  std::vector<double> by_step;
  double accuracy = kNone;
  Interval interval;
  double alarms[3] = {}, non_matches[3] = {};
};

int answer(const float* logits) {
  return static_cast<int>(std::max_element(logits, logits + kResponses) - logits);
}

Cell cell_of(const Study& study, const std::vector<Sequence>& sequences, const Trace& trace) {
  const int L = static_cast<int>(sequences[0].stimulus.size()), N = static_cast<int>(sequences.size());
  Cell cell;
  cell.by_step.resize(L);
  std::vector<double> right(N);
  for (int i = 0; i < N; ++i) {
    const Sequence& s = sequences[i];
    const auto value = [&](int t) { return value_of(study.set().stimuli[s.stimulus[t]], s.feature); };
    for (int t = 0; t < L; ++t) {
      const int given = answer(&trace.logits[(static_cast<std::size_t>(i) * L + t) * kResponses]);
      const bool correct = given == s.target[t];
      cell.by_step[t] += double(correct) / N;
      if (t < s.n) continue;
      right[i] += double(correct) / (L - s.n);
      if (s.target[t] != static_cast<int>(Response::non_match)) continue;
      const bool before = s.n > 1 && value(t) == value(t - s.n + 1),
                 after = t > s.n && value(t) == value(t - s.n - 1);
      const bool alarm = given == static_cast<int>(Response::match);
      const auto note = [&](int lure) {
        ++cell.non_matches[lure];
        cell.alarms[lure] += alarm;
      };
      if (before) note(1);
      if (after) note(2);
      if (!before && !after) note(0);
    }
  }
  cell.accuracy = 0;
  for (double share : right) cell.accuracy += share / N;
  Philox rng = study.random("behaviour");
  std::vector<double> resampled;
  for (int r = 0; r < study.options().resamples; ++r) {
    double sum = 0;
    for (int i = 0; i < N; ++i) sum += right[rng.below(N)] / N;
    resampled.push_back(sum);
  }
  cell.interval = percentiles(resampled);
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

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "behaviour");
  if (!study.answers_the_task()) return;
  const Asker ask(study);
  const TaskMix mix = study.mix();
  std::vector<int> levels = mix.n_values;
  for (int n : study.options().n_beyond)
    if (n < mix.L) levels.push_back(n);
  const Shape shape = {static_cast<std::int64_t>(kSets.size()),
                       static_cast<std::int64_t>(mix.features.size()),
                       static_cast<std::int64_t>(levels.size())};
  const auto extended = [&](std::int64_t more) {
    Shape longer = shape;
    longer.push_back(more);
    return longer;
  };
  std::vector<double> accuracy, low, high, by_step, alarms, non_matches;
  for (std::size_t set = 0; set < kSets.size(); ++set)
    for (const Property task : mix.features)
      for (const int n : levels) {
        const Cell cell = ask(set, task, n, mix.L);
        accuracy.push_back(cell.accuracy);
        low.push_back(cell.interval.low);
        high.push_back(cell.interval.high);
        by_step.insert(by_step.end(), cell.by_step.begin(), cell.by_step.end());
        for (std::size_t l = 0; l < kLures.size(); ++l) {
          non_matches.push_back(cell.non_matches[l]);
          alarms.push_back(cell.non_matches[l] > 0 ? cell.alarms[l] / cell.non_matches[l] : kNone);
        }
      }
  std::vector<std::string> tasks;
  for (const Property task : mix.features) tasks.emplace_back(name_of(task));
  const auto put = [&](const std::string& name, const std::vector<double>& values, const Shape& of) {
    write(file, outputs(), "/behaviour/" + name, "/behaviour/" + name, values, of);
  };
  file.strings("/behaviour/sets", kSets, tsd::meaning_of(outputs(), "/behaviour/sets"));
  file.strings("/behaviour/tasks", tasks, tsd::meaning_of(outputs(), "/behaviour/tasks"));
  file.strings("/behaviour/lures", kLures, tsd::meaning_of(outputs(), "/behaviour/lures"));
  file.dataset("/behaviour/n", levels, tsd::meaning_of(outputs(), "/behaviour/n"));
  put("accuracy", accuracy, shape);
  put("ci_low", low, shape);
  put("ci_high", high, shape);
  put("accuracy_by_step", by_step, extended(mix.L));
  put("false_alarms", alarms, extended(3));
  put("non_matches", non_matches, extended(3));
  put("chance", {std::max(mix.match_probability, 1 - mix.match_probability)}, {});
  for (const int L : study.options().lengths) {
    std::vector<double> longer;
    for (std::size_t set = 0; set < kSets.size(); ++set)
      for (const Property task : mix.features)
        for (const int n : mix.n_values) {
          const auto steps = n < L ? ask(set, task, n, L).by_step : std::vector<double>(L, kNone);
          longer.insert(longer.end(), steps.begin(), steps.end());
        }
    write(file, outputs(), "/behaviour/longer/length_<l>/accuracy_by_step",
          "/behaviour/longer/length_" + std::to_string(L) + "/accuracy_by_step", longer,
          {shape[0], shape[1], static_cast<std::int64_t>(mix.n_values.size()), L});
  }
  file.attribute("/behaviour", "epoch", static_cast<std::int64_t>(study.epoch()));
  file.attribute("/behaviour", "seed", study.options().seed);
  file.attribute("/behaviour", "n_sequences", static_cast<std::int64_t>(study.options().behaviour_sequences));
}

}  // namespace

Analysis behaviour() {
  return {"behaviour", "accuracy by task, n and step, lures, longer sequences and levels never trained",
          outputs(), run};
}

}  // namespace tsd::nback
