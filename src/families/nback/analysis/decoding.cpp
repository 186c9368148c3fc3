// Which properties of the stimulus on screen, and in mode paper of every stimulus seen so far, can be read
// linearly from the states (nback.md 7.1, 7.9).
#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {

namespace {

std::vector<Output> outputs() {
  std::vector<Output> rows = {{"/decoding/contexts", "context", "", "sequences that are decoded together"},
                              {"/decoding/times", "time", "steps", "steps, from 0"},
                              {"/decoding/<property>/accuracy_train", "context,time", "fraction",
                               "accuracy on the training sequences"}};
  const auto add = [&](const std::vector<Output>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
  };
  add(score_outputs("/decoding/<property>", "context,time",
                    "accuracy of a decoder of the stimulus on screen"));
  rows.push_back({"/memory/contexts", "context", "", "sequences that are decoded together"});
  rows.push_back({"/memory/n", "context", "steps", "n-back level of the context"});
  add(score_outputs("/memory/<property>", "context,item,time",
                    "accuracy of a decoder, from the states of a step, of the item seen at an earlier one"));
  rows.push_back({"/memory/<property>/by_step", "context,lag,executive", "fraction",
                  "mean accuracy by time since the item, on trivial and on executive steps"});
  return rows;
}

void decode_screen(const Study& study, const Recording& recording, Hdf5Writer& file) {
  const auto contexts = study.contexts(recording, study.contexts_kind());
  const auto times = study.times();
  const auto properties = study.properties();
  const Shape shape = {static_cast<std::int64_t>(contexts.size()), static_cast<std::int64_t>(times.size())};
  std::vector<Scores> scores(properties.size(),
                             Scores(shape, study.options().shuffles, study.random("shuffles")));
  std::vector<std::vector<double>> training(properties.size(), std::vector<double>(count(shape)));
  parallel_for(contexts.size() * times.size(), study.threads(), [&](std::size_t cell) {
    nn::use_threads(1);
    const Context& context = contexts[cell / times.size()];
    const int t = times[cell % times.size()];
    const Dense x = recording.hidden(context.train, t), test = recording.hidden(context.test, t);
    const SvcProblem problem(x);
    for (std::size_t p = 0; p < properties.size(); ++p) {
      const auto labels = study.training_labels(recording, context, properties[p], t);
      const Svc decoder = problem.fit(labels, study.class_order(recording, context, properties[p], t));
      training[p][cell] = answers(decoder, x, labels).accuracy();
      const auto tested = study.labels(recording, context.test, properties[p], t);
      const Answers given = answers(decoder, test, tested);
      scores[p].put(cell, given, study.null_of(problem, labels, test, tested, given));
    }
  });

  std::vector<std::string> names;
  for (const auto& context : contexts) names.push_back(context.name);
  file.strings("/decoding/contexts", names, tsd::meaning_of(outputs(), "/decoding/contexts"));
  file.dataset("/decoding/times", times, tsd::meaning_of(outputs(), "/decoding/times"));
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const std::string group = "/decoding/" + std::string(name_of(properties[p]));
    scores[p].write(file, outputs(), "/decoding/<property>", group);
    write(file, outputs(), "/decoding/<property>/accuracy_train", group + "/accuracy_train", training[p],
          shape);
  }
  study.sign(file, "/decoding", recording, "C-SVC");
  file.attribute("/decoding", "null_model", study.null_model());
}

// W(i, j): the item seen at i from the states at j >= i. The decoders of a step share its Gram matrix.
void decode_memory(const Study& study, const Recording& recording, Hdf5Writer& file) {
  const auto contexts = study.contexts(recording, Contexts::task_n);
  const auto properties = study.properties();
  const std::int64_t C = static_cast<std::int64_t>(contexts.size()), L = recording.L;
  std::vector<Scores> scores(properties.size(),
                             Scores({C, L, L}, study.options().shuffles, study.random("shuffles")));
  parallel_for(contexts.size() * L, study.threads(), [&](std::size_t cell) {
    nn::use_threads(1);
    const Context& context = contexts[cell / L];
    const int j = static_cast<int>(cell % L);
    const SvcProblem problem(recording.hidden(context.train, j));
    const Dense test = recording.hidden(context.test, j);
    for (std::size_t p = 0; p < properties.size(); ++p)
      for (int i = 0; i <= j; ++i) {
        const auto labels = study.training_labels(recording, context, properties[p], i);
        const auto tested = study.labels(recording, context.test, properties[p], i);
        const Answers given = answers(problem.fit(labels), test, tested);
        scores[p].put((cell / L * L + i) * L + j, given, study.null_of(problem, labels, test, tested, given));
      }
  });

  std::vector<std::string> names;
  std::vector<int> levels;
  for (const auto& context : contexts) {
    names.push_back(context.name);
    levels.push_back(*context.n);
  }
  file.strings("/memory/contexts", names, tsd::meaning_of(outputs(), "/memory/contexts"));
  file.dataset("/memory/n", levels, tsd::meaning_of(outputs(), "/memory/n"));
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const std::string group = "/memory/" + std::string(name_of(properties[p]));
    scores[p].write(file, outputs(), "/memory/<property>", group);
    std::vector<double> sum(C * L * 2), number(C * L * 2);
    for (std::int64_t c = 0; c < C; ++c)
      for (int i = 0; i < L; ++i)
        for (int j = i; j < L; ++j) {
          const auto at = (c * L + (j - i)) * 2 + (j >= levels[c]);
          sum[at] += scores[p].accuracy((c * L + i) * L + j);
          ++number[at];
        }
    for (std::size_t at = 0; at < sum.size(); ++at) sum[at] /= number[at];  // NaN where there is no such step
    write(file, outputs(), "/memory/<property>/by_step", group + "/by_step", sum, {C, L, 2});
  }
  study.sign(file, "/memory", recording, "C-SVC");
  file.attribute("/memory", "null_model", study.null_model());
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "decoding");
  const Recording recording = study.record();
  decode_screen(study, recording, file);
  if (study.options().mode == AnalysisMode::paper) decode_memory(study, recording, file);
}

}  // namespace

Analysis decoding() {
  return {"decoding", "which properties can be read from the states at each step", outputs(), run};
}

}  // namespace tsd::nback
