// Decoders fitted in one context, tested in all (nback.md 7.5 2b).
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
      {"/cross_task/contexts", "context", "", "sequences that are decoded together"},
      {"/cross_task/<property>/diagonal", "", "fraction", "mean accuracy in the context of the fit"},
      {"/cross_task/<property>/off_diagonal", "", "fraction", "mean accuracy in other contexts"}};
  const auto more = score_outputs("/cross_task/<property>", "train context,test context",
                                  "accuracy of a decoder of one context in another");
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "cross_task");
  const Recording recording = study.record();
  const auto contexts = study.contexts(
      recording, study.contexts_kind() == Contexts::task_n ? Contexts::task_n : Contexts::task);
  const auto properties = study.properties();
  const int t = study.time(study.options().time);
  const std::size_t C = contexts.size();
  const auto extent = static_cast<std::int64_t>(C);
  const Scores blank({extent, extent}, study.options().shuffles, study.random("shuffles"));
  std::vector<Scores> scores(properties.size(), blank);
  parallel_for(C * properties.size(), study.threads(), [&](std::size_t job) {
    math::use_threads(1);
    const std::size_t p = job % properties.size(), a = job / properties.size();
    const Context own = split_for(study, recording, contexts[a], properties[p], t);
    const Svc decoder = SvcProblem(recording.hidden(own.train, t))
                            .fit(study.training_labels(recording, own, properties[p], t),
                                 study.class_order(recording, contexts[a], properties[p], t));
    for (std::size_t b = 0; b < C; ++b) {
      const auto& tested = a == b ? own.test : contexts[b].test;
      scores[p].put(a * C + b, answers(decoder, recording.hidden(tested, t),
                                       study.labels(recording, tested, properties[p], t)));
    }
  });

  const auto rows = outputs();
  std::vector<std::string> names;
  for (const auto& context : contexts) names.push_back(context.name);
  file.strings("/cross_task/contexts", names, tsd::meaning_of(rows, "/cross_task/contexts"));
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const std::string group = "/cross_task/" + std::string(name_of(properties[p]));
    scores[p].write(file, rows, "/cross_task/<property>", group);
    double own = 0, other = 0;
    for (std::size_t cell = 0; cell < C * C; ++cell)
      (cell % (C + 1) == 0 ? own += scores[p].accuracy(cell) / double(C)
                           : other += scores[p].accuracy(cell) / double(C * (C - 1)));
    if (C < 2) other = std::numeric_limits<double>::quiet_NaN();
    write(file, rows, "/cross_task/<property>/diagonal", group + "/diagonal", std::span(&own, 1), {});
    write(file, rows, "/cross_task/<property>/off_diagonal", group + "/off_diagonal", std::span(&other, 1),
          {});
  }
  study.sign(file, "/cross_task", recording, "C-SVC");
  file.attribute("/cross_task", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis cross_task() {
  return {"cross_task", "decoders of one task on the states of another", outputs(), run};
}

}  // namespace tsd::nback
