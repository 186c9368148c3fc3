// Does the gate close the channels that matter least for a task? (nback.md 7.7)
#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/gate_suppression/contexts", "context", "", "task and n"},
      {"/gate_suppression/relevance", "context,property,unit", "",
       "mean size of the weight of a channel in decoders of the perceptual input, over values and steps"},
      {"/gate_suppression/mean_gate", "context,unit", "", "mean over sequences and steps"},
      {"/gate_suppression/index", "context", "",
       "mean gate of the least relevant channels minus that of the most relevant; negative: suppression"},
      {"/gate_suppression/ci_low", "context", "",
       "2.5 % bootstrap percentile of the index; equal to ci_high where "
       "gates depend on the task alone"},
      {"/gate_suppression/ci_high", "context", "", "97.5 % bootstrap percentile of the index"},
      {"/gate_suppression/correlation", "context", "", "of mean gate and relevance, over channels"}};
  return rows;
}

using Channels = std::vector<double>;

Channels z_scored(Channels values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean) / n;
  for (double& value : values) value = squares > 0 ? (value - mean) / std::sqrt(squares) : 0;
  return values;
}

double correlation(const Channels& a, const Channels& b) {
  const Channels x = z_scored(a), y = z_scored(b);
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0) / static_cast<double>(x.size());
}

Channels relevance(const Study& study, const Recording& recording, const Context& context,
                   Property property) {
  Channels sum(recording.H);
  for (int t = 0; t < recording.L; ++t) {
    const auto labels = study.training_labels(recording, context, property, t);
    const Normals normals = l2_svc(recording.cnn(context.train, t), labels);
    for (int c = 0; c < normals.weights.rows; ++c)
      for (int k = 0; k < recording.H; ++k)
        sum[k] += std::abs(normals.weights(c, k)) / (recording.L * normals.weights.rows);
  }
  return sum;
}

// Of every sequence, its gates averaged over steps.
Dense gates_of(const Recording& recording, const std::vector<int>& chosen) {
  Dense gates(static_cast<int>(chosen.size()), recording.H);
  for (int i = 0; i < gates.rows; ++i)
    for (int t = 0; t < recording.L; ++t)
      for (int k = 0; k < recording.H; ++k)
        gates(i, k) +=
            recording.trace.gates[(static_cast<std::size_t>(chosen[i]) * recording.L + t) * recording.H + k] /
            double(recording.L);
  return gates;
}

struct Suppression {
  std::vector<Channels> relevance;  // by property
  Channels mean_gate;
  double index = 0, correlation = 0;
  Interval interval;
};

Suppression suppression(const Study& study, const Recording& recording, const Context& context) {
  const auto properties = study.properties();
  Suppression result;
  Channels relevant(recording.H), others(recording.H);
  int other_count = 0;
  for (const Property property : properties) {
    result.relevance.push_back(relevance(study, recording, context, property));
    if (property == *context.task) {
      relevant = result.relevance.back();
    } else {
      ++other_count;
      for (int k = 0; k < recording.H; ++k) others[k] += result.relevance.back()[k];
    }
  }
  const Channels a = z_scored(relevant), b = other_count > 0 ? z_scored(others) : others;
  Channels contrast(recording.H);
  for (int k = 0; k < recording.H; ++k) contrast[k] = a[k] - b[k];
  std::vector<int> order(recording.H);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return contrast[i] < contrast[j]; });
  const int few = std::max(1, static_cast<int>(std::lround(study.options().gate_fraction * recording.H)));
  const auto index_of = [&](const auto& gate) {
    double sum = 0;
    for (int i = 0; i < few; ++i) sum += (gate(order[i]) - gate(order[recording.H - 1 - i])) / few;
    return sum;
  };

  const Dense gates = gates_of(recording, context.all());
  Channels by_sequence(gates.rows);
  result.mean_gate.resize(recording.H);
  for (int i = 0; i < gates.rows; ++i) {
    by_sequence[i] = index_of([&](int k) { return gates(i, k); });
    for (int k = 0; k < recording.H; ++k) result.mean_gate[k] += gates(i, k) / gates.rows;
  }
  result.index = index_of([&](int k) { return result.mean_gate[k]; });
  result.correlation = correlation(result.mean_gate, contrast);
  // The index is linear in the gates: that of a resample is the mean of its sequences'.
  Philox rng = study.random("gates " + context.name);
  std::vector<double> resampled;
  for (int r = 0; r < study.options().resamples; ++r) {
    double sum = 0;
    const auto counts = resample_counts(gates.rows, rng);
    for (int i = 0; i < gates.rows; ++i) sum += counts[i] * by_sequence[i] / gates.rows;
    resampled.push_back(sum);
  }
  result.interval = percentiles(resampled);
  return result;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "gate_suppression");
  if (!study.config().with_attention)
    return log_info("gate_suppression: the run has no gate (model_type: baseline); nothing to look at");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, Contexts::task_n);
  std::vector<Suppression> found(contexts.size());
  parallel_for(contexts.size(), study.threads(), [&](std::size_t c) {
    math::use_threads(1);
    found[c] = suppression(study, recording, contexts[c]);
  });

  std::vector<std::string> names;
  Channels relevance_of, gate, index, low, high, correlations;
  for (std::size_t c = 0; c < contexts.size(); ++c) {
    names.push_back(contexts[c].name);
    for (const Channels& one : found[c].relevance)
      relevance_of.insert(relevance_of.end(), one.begin(), one.end());
    gate.insert(gate.end(), found[c].mean_gate.begin(), found[c].mean_gate.end());
    index.push_back(found[c].index);
    low.push_back(found[c].interval.low);
    high.push_back(found[c].interval.high);
    correlations.push_back(found[c].correlation);
  }
  const auto C = static_cast<std::int64_t>(contexts.size()),
             P = static_cast<std::int64_t>(study.properties().size());
  const auto put = [&](const char* name, const Channels& values, const Shape& shape) {
    const std::string path = std::string("/gate_suppression/") + name;
    write(file, outputs(), path, path, values, shape);
  };
  file.strings("/gate_suppression/contexts", names, tsd::meaning_of(outputs(), "/gate_suppression/contexts"));
  put("relevance", relevance_of, {C, P, recording.H});
  put("mean_gate", gate, {C, recording.H});
  put("index", index, {C});
  put("ci_low", low, {C});
  put("ci_high", high, {C});
  put("correlation", correlations, {C});
  study.sign(file, "/gate_suppression", recording, "L2-SVC");
}

}  // namespace

Analysis gate_suppression() {
  return {"gate_suppression", "whether the gate closes irrelevant channels", outputs(), run};
}

}  // namespace tsd::nback
