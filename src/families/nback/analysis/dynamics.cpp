// Is the code the same for new objects, and does it turn with the age of a memory? (nback.md 7.5 4b, 7.9 Eq.
// 2 and 3.)
#include <cmath>
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kSets = {"train", "novel_angle", "novel_identity"};

std::vector<Output> outputs() {
  std::vector<Output> rows = {{"/generalisation/sets", "set", "",
                               "stimuli of the tested sequences; decoders are fitted on the first"},
                              {"/rotation/contexts", "context", "", "sequences that are analysed together"}};
  const auto more = score_outputs("/generalisation/<property>", "set,time",
                                  "accuracy on held-out sequences of a decoder fitted on training stimuli");
  rows.insert(rows.end(), more.begin(), more.end());
  const std::pair<const char*, const char*> kinds[] = {{"fitted", "fraction"},
                                                       {"own", "fraction"},
                                                       {"later_age", "fraction"},
                                                       {"other_item", "fraction"},
                                                       {"unrotated", "fraction"}};
  const char* texts[] = {"accuracy of W(i, j + 1), item i from the states of the next step",
                         "accuracy of W(i, j) rotated by R(i, j)",
                         "accuracy of W(i, j) rotated by R(i, j + 1), Eq. 2",
                         "accuracy of W(i, j) rotated by R(i + 1, j + 1), Eq. 3: another item of equal age",
                         "accuracy of W(i, j) as it is"};
  for (std::size_t k = 0; k < std::size(kinds); ++k)
    rows.push_back({std::string("/rotation/<property>/") + kinds[k].first, "context,item,time",
                    kinds[k].second, texts[k]});
  return rows;
}

// H2: decoders of familiar objects on novel ones.
void generalise(const Study& study, Hdf5Writer& file) {
  const auto& splits = study.experiment().material().splits;
  const std::vector<std::int32_t>* pools[] = {&splits.train, &splits.novel_angle, &splits.novel_identity};
  std::vector<Recording> recordings;
  for (std::size_t s = 0; s < kSets.size(); ++s)
    recordings.push_back(study.record(shared_dataset(study.set(), *pools[s], study.mix(),
                                                     study.options().samples_per_task, study.options().seed)
                                          .sequences,
                                      kSets[s]));
  std::vector<Context> contexts;
  for (const Recording& recording : recordings)
    contexts.push_back(study.contexts(recording, Contexts::pooled)[0]);
  const auto properties = study.properties();
  const auto times = study.times();
  const std::size_t T = times.size();
  const Shape shape = {static_cast<std::int64_t>(kSets.size()), static_cast<std::int64_t>(T)};
  std::vector<Scores> scores(properties.size(),
                             Scores(shape, study.options().shuffles, study.random("shuffles")));
  // Half of a task's sequences are enough to fit, and the Gram matrix stays small.
  std::vector<int> fitted_on;
  for (std::size_t i = 0; i < contexts[0].train.size(); i += study.mix().features.size())
    fitted_on.push_back(contexts[0].train[i]);
  contexts[0].train = fitted_on;
  parallel_for(T, study.threads(), [&](std::size_t k) {
    math::use_threads(1);
    const SvcProblem problem(recordings[0].hidden(contexts[0].train, times[k]));
    for (std::size_t p = 0; p < properties.size(); ++p) {
      const Svc decoder =
          problem.fit(study.training_labels(recordings[0], contexts[0], properties[p], times[k]),
                      study.class_order(recordings[0], contexts[0], properties[p], times[k]));
      for (std::size_t s = 0; s < kSets.size(); ++s) {
        const Answers given = answers(decoder, recordings[s].hidden(contexts[s].test, times[k]),
                                      study.labels(recordings[s], contexts[s].test, properties[p], times[k]));
        if (!given.label.empty()) scores[p].put(s * T + k, given);  // no novel object is known by name
      }
    }
  });
  file.strings("/generalisation/sets", kSets, tsd::meaning_of(outputs(), "/generalisation/sets"));
  for (std::size_t p = 0; p < properties.size(); ++p)
    scores[p].write(file, outputs(), "/generalisation/<property>",
                    "/generalisation/" + std::string(name_of(properties[p])));
  study.sign(file, "/generalisation", recordings[0], "C-SVC");
}

// Weights about their mean, at unit Frobenius norm.
Dense centred(Dense weights) {
  for (int k = 0; k < weights.columns; ++k) {
    double mean = 0;
    for (int c = 0; c < weights.rows; ++c) mean += weights(c, k) / weights.rows;
    for (int c = 0; c < weights.rows; ++c) weights(c, k) -= mean;
  }
  double squares = 0;
  for (double value : weights.values) squares += value * value;
  for (double& value : weights.values) value /= std::sqrt(squares);
  return weights;
}

// W(i, j) of one context and property: normals of the item seen at i in the states at j.
class Traces {
 public:
  Traces(const Study& study, const Recording& recording, const Context& context, Property property)
      : L_(recording.L), weights_(L_ * L_), test_(L_), labels_(L_) {
    for (int j = 0; j < L_; ++j) {
      const Dense train = recording.hidden(context.train, j);
      test_[j] = Standardizer(train)(recording.hidden(context.test, j));
      labels_[j] = study.labels(recording, context.test, property, j);
      const NormalsProblem problem(train);
      for (int i = 0; i <= j; ++i) {
        Normals normals = problem.fit(study.training_labels(recording, context, property, i));
        weights_[i * L_ + j] = {normals.classes, centred(normals.weights), {}, {}};
      }
    }
  }

  const Normals& at(int i, int j) const { return weights_[i * L_ + j]; }
  bool has(int i, int j) const { return i <= j && j < L_; }
  double accuracy(int item, int time, const Dense& weights, const std::vector<int>& classes) const {
    return Answers{labels_[item], nearest(test_[time], weights, classes), 0}.accuracy();
  }
  // W(i, j) turned by R(k, l): W(k, l) -> W(k, l + 1), on the states of j + 1.
  double turned(int i, int j, int k, int l) const {
    if (!has(k, l + 1) || at(k, l).classes != at(k, l + 1).classes) return kNone;
    return accuracy(i, j + 1, Alignment(at(k, l).weights, at(k, l + 1).weights)(at(i, j).weights),
                    at(i, j).classes);
  }

 private:
  std::ptrdiff_t L_;
  std::vector<Normals> weights_;
  std::vector<Dense> test_;
  std::vector<std::vector<int>> labels_;
};

void rotate(const Study& study, Hdf5Writer& file) {
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, study.contexts_kind());
  const auto properties = study.properties();
  const std::int64_t C = static_cast<std::int64_t>(contexts.size()), L = recording.L;
  const std::vector<std::string> kinds = {"fitted", "own", "later_age", "other_item", "unrotated"};
  std::vector<std::vector<std::vector<double>>> results(
      properties.size(), std::vector(kinds.size(), std::vector<double>(C * L * L, kNone)));
  parallel_for(C * properties.size(), study.threads(), [&](std::size_t job) {
    math::use_threads(1);
    const std::size_t p = job % properties.size(), c = job / properties.size();
    const Traces traces(study, recording, contexts[c], properties[p]);
    for (int i = 0; i < L; ++i)
      for (int j = i; j + 1 < L; ++j) {
        const std::size_t cell = (c * L + i) * L + j;
        const Normals &now = traces.at(i, j), &next = traces.at(i, j + 1);
        results[p][0][cell] = traces.accuracy(i, j + 1, next.weights, next.classes);
        results[p][1][cell] = traces.turned(i, j, i, j);
        results[p][2][cell] = traces.turned(i, j, i, j + 1);
        results[p][3][cell] = traces.turned(i, j, i + 1, j + 1);
        results[p][4][cell] = traces.accuracy(i, j + 1, now.weights, now.classes);
      }
  });
  std::vector<std::string> names;
  for (const auto& context : contexts) names.push_back(context.name);
  file.strings("/rotation/contexts", names, tsd::meaning_of(outputs(), "/rotation/contexts"));
  for (std::size_t p = 0; p < properties.size(); ++p)
    for (std::size_t k = 0; k < kinds.size(); ++k)
      write(file, outputs(), "/rotation/<property>/" + kinds[k],
            "/rotation/" + std::string(name_of(properties[p])) + "/" + kinds[k], results[p][k], {C, L, L});
  study.sign(file, "/rotation", recording, "L2-SVC");
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "dynamics");
  generalise(study, file);
  if (study.options().mode == AnalysisMode::paper) rotate(study, file);
}

}  // namespace

Analysis dynamics() {
  return {"dynamics", "decoders on novel objects, and how memory traces turn with age", outputs(), run};
}

}  // namespace tsd::nback
