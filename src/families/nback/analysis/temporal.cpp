// Decoders of one step at other steps: of what is then on screen, and of the item they were fitted on
// (nback.md 7.4; 7.5 4a; 7.9 H1 to H3).
#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {

namespace {

std::vector<Output> outputs() {
  std::vector<Output> rows = {{"/temporal/contexts", "context", "", "sequences that are decoded together"},
                              {"/temporal/times", "time", "steps", "steps, from 0"}};
  const auto add = [&](const std::vector<Output>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
  };
  add(score_outputs(
      "/temporal/<property>/screen", "context,train time,test time",
      "accuracy of a decoder of the stimulus on screen, at another step on what is then on screen"));
  add(score_outputs("/temporal/<property>/item", "context,item,test time",
                    "accuracy of a decoder of the stimulus on screen, at a later step on the same item"));
  rows.push_back(
      {"/temporal/<property>/item_by_step", "context,lag,executive", "fraction",
       "mean accuracy on the same item by time since it, on trivial and on executive steps; NaN where "
       "there is no such step or n is not one"});
  return rows;
}

// Six fits and 36 evaluations in sequences of six: the states of each test step are decoded once by each
// decoder, and the answers compared with both labels.
void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "temporal");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, study.contexts_kind());
  const auto times = study.times();
  const auto properties = study.properties();
  const std::size_t T = times.size();
  const Shape shape = {static_cast<std::int64_t>(contexts.size()), static_cast<std::int64_t>(T),
                       static_cast<std::int64_t>(T)};
  const Scores blank(shape, study.options().shuffles, study.random("shuffles"));
  std::vector<Scores> screen(properties.size(), blank), item(properties.size(), blank);
  parallel_for(contexts.size() * T, study.threads(), [&](std::size_t job) {
    nn::use_threads(1);
    const Context& context = contexts[job / T];
    const int fitted = times[job % T];
    const SvcProblem problem(recording.hidden(context.train, fitted));
    for (std::size_t p = 0; p < properties.size(); ++p) {
      const Svc decoder = problem.fit(study.training_labels(recording, context, properties[p], fitted),
                                      study.class_order(recording, context, properties[p], fitted));
      const auto item_labels = study.labels(recording, context.test, properties[p], fitted);
      for (std::size_t k = 0; k < T; ++k) {
        const Dense x = recording.hidden(context.test, times[k]);
        screen[p].put(job * T + k,
                      answers(decoder, x, study.labels(recording, context.test, properties[p], times[k])));
        if (times[k] >= fitted) item[p].put(job * T + k, answers(decoder, x, item_labels));
      }
    }
  });

  std::vector<std::string> names;
  for (const auto& context : contexts) names.push_back(context.name);
  file.strings("/temporal/contexts", names, tsd::meaning_of(outputs(), "/temporal/contexts"));
  file.dataset("/temporal/times", times, tsd::meaning_of(outputs(), "/temporal/times"));
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const std::string group = "/temporal/" + std::string(name_of(properties[p]));
    screen[p].write(file, outputs(), "/temporal/<property>/screen", group + "/screen");
    item[p].write(file, outputs(), "/temporal/<property>/item", group + "/item");
    const std::int64_t L = recording.L;
    std::vector<double> sum(contexts.size() * L * 2), number(sum.size());
    for (std::size_t c = 0; c < contexts.size(); ++c)
      for (std::size_t i = 0; contexts[c].n && i < T; ++i)
        for (std::size_t k = 0; k < T; ++k) {
          if (times[k] < times[i]) continue;
          const auto at = (c * L + (times[k] - times[i])) * 2 + (times[k] >= *contexts[c].n);
          sum[at] += item[p].accuracy((c * T + i) * T + k);
          ++number[at];
        }
    for (std::size_t at = 0; at < sum.size(); ++at) sum[at] /= number[at];
    write(file, outputs(), "/temporal/<property>/item_by_step", group + "/item_by_step", sum,
          {static_cast<std::int64_t>(contexts.size()), L, 2});
  }
  study.sign(file, "/temporal", recording, "C-SVC");
}

}  // namespace

Analysis temporal() { return {"temporal", "decoders of one step at other steps", outputs(), run}; }

}  // namespace tsd::nback
