// Task by property: how well relevant and irrelevant properties can be read at one step (nback.md 7.5 2a).
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/stratified.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

std::vector<Output> outputs() {
  std::vector<Output> rows = {
      {"/task_relevance/tasks", "task", "", "tasks"},
      {"/task_relevance/properties", "property", "", "properties"},
      {"/task_relevance/accuracy_train", "task,property", "fraction", "accuracy on the training sequences"},
      {"/task_relevance/n_train", "task,property", "sequences", "sequences fitted"},
      {"/task_relevance/n_classes", "task,property", "", "values that the decoder tells apart"},
      {"/task_relevance/margin", "task", "",
       "normalised accuracy of the relevant property minus the mean of the irrelevant ones"}};
  const auto more =
      score_outputs("/task_relevance", "task,property", "accuracy of a decoder of the stimulus on screen");
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "task_relevance");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, Contexts::task);
  const auto properties = study.properties();
  const int t = study.time(study.options().time);
  const std::size_t P = properties.size();
  const Shape shape = {static_cast<std::int64_t>(contexts.size()), static_cast<std::int64_t>(P)};
  Scores scores(shape, study.options().shuffles, study.random("shuffles"));
  std::vector<double> training(contexts.size() * P), fitted(training), classes(training);
  parallel_for(contexts.size(), study.threads(), [&](std::size_t c) {
    math::use_threads(1);
    for (std::size_t p = 0; p < P; ++p) {
      const Context context = split_for(study, recording, contexts[c], properties[p], t);
      const auto labels = study.training_labels(recording, context, properties[p], t);
      const Dense x = recording.hidden(context.train, t);
      const SvcProblem problem(x);
      const Svc decoder = problem.fit(labels, study.class_order(recording, contexts[c], properties[p], t));
      const std::size_t cell = c * P + p;
      training[cell] = answers(decoder, x, labels).accuracy();
      fitted[cell] = static_cast<double>(labels.size());
      classes[cell] = static_cast<double>(decoder.classes().size());
      const Dense test = recording.hidden(context.test, t);
      const auto tested = study.labels(recording, context.test, properties[p], t);
      const Answers given = answers(decoder, test, tested);
      scores.put(cell, given, study.null_of(problem, labels, test, tested, given));
    }
  });

  std::vector<std::string> tasks;
  std::vector<double> margin;
  for (std::size_t c = 0; c < contexts.size(); ++c) {
    tasks.push_back(contexts[c].name);
    double relevant = std::numeric_limits<double>::quiet_NaN(), others = 0;
    for (std::size_t p = 0; p < P; ++p)
      (properties[p] == contexts[c].task ? relevant = scores.normalised_accuracy(c * P + p)
                                         : others += scores.normalised_accuracy(c * P + p) / double(P - 1));
    margin.push_back(relevant - others);
  }
  const auto rows = outputs();
  file.strings("/task_relevance/tasks", tasks, tsd::meaning_of(rows, "/task_relevance/tasks"));
  file.strings("/task_relevance/properties", study.options().properties,
               tsd::meaning_of(rows, "/task_relevance/properties"));
  scores.write(file, rows, "/task_relevance", "/task_relevance");
  const auto put = [&](const std::string& path, const std::vector<double>& values, const Shape& of) {
    write(file, rows, path, path, values, of);
  };
  put("/task_relevance/accuracy_train", training, shape);
  put("/task_relevance/n_train", fitted, shape);
  put("/task_relevance/n_classes", classes, shape);
  put("/task_relevance/margin", margin, {shape[0]});
  study.sign(file, "/task_relevance", recording, "C-SVC");
  file.attribute("/task_relevance", "null_model", study.null_model());
  file.attribute("/task_relevance", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis task_relevance() {
  return {"task_relevance", "how well each task's states tell relevant and irrelevant properties", outputs(),
          run};
}

}  // namespace tsd::nback
