// Size, dimension, sparsity and variability of the states, per task and n (nback.md 7.6).
#include <algorithm>
#include <utility>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/cloud.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

struct Measure {
  const char *name, *units, *description;
};
// In the order of Measured.
constexpr Measure kMeasures[kMeasureCount] = {
    {"magnitude", "", "mean norm of a state"},
    {"participation_ratio", "", "squared trace of the covariance over its squared norm"},
    {"sparsity", "fraction", "entries below 5 % of their unit's largest"},
    {"fano", "", "variance over mean of a unit's size at equal step and value of the task's property"},
    {"cv2", "", "variance over squared mean, likewise"}};

std::vector<Output> outputs() {
  std::vector<Output> rows = {
      {"/efficiency/contexts", "context", "", "task and n"},
      {"/efficiency/gini", "context", "", "Gini coefficient of all sizes"},
      {"/efficiency/n_sequences", "context", "sequences", "sequences measured"},
      {"/efficiency/magnitude_over_time", "context,time", "", "mean norm of a state by step"}};
  for (const Measure& m : kMeasures) {
    const std::string path = std::string("/efficiency/") + m.name, text = m.description;
    rows.push_back({path + "/value", "context", m.units, text});
    rows.push_back({path + "/ci_low", "context", m.units, "2.5 % bootstrap percentile: " + text});
    rows.push_back({path + "/ci_high", "context", m.units, "97.5 % bootstrap percentile: " + text});
    rows.push_back({path + "/resamples", "context,resample", m.units, "of resampled sequences: " + text});
  }
  return rows;
}

Cloud cloud_of(const Study& study, const Recording& recording, const Context& context) {
  const auto chosen = context.all();
  const int N = static_cast<int>(chosen.size()), L = recording.L, K = study.values(*context.task);
  Dense states(N * L, recording.H);
  std::vector<int> group(states.rows);  // the step, and the value of the task's property on screen
  for (int t = 0; t < L; ++t) {
    const Dense at = recording.hidden(chosen, t);
    const auto values = study.labels(recording, chosen, *context.task, t);
    for (int i = 0; i < N; ++i) {
      std::copy_n(at.row(i), recording.H, states.row(i * L + t));
      group[i * L + t] = t * K + values[i];
    }
  }
  return Cloud(std::move(states), L, group);
}

// All sequences once, then R resamples.
Dense resamples(int N, int R, Philox rng) {
  Dense counts(R + 1, N);
  std::fill_n(counts.row(0), N, 1.0);
  for (int r = 1; r <= R; ++r) std::ranges::copy(resample_counts(N, rng), counts.row(r));
  return counts;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "efficiency");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, Contexts::task_n);
  const std::size_t C = contexts.size();
  const auto R = static_cast<std::size_t>(study.options().resamples);
  const int ddof = study.in_sample() ? 0 : 1;
  std::vector<double> gini_of(C), sequences(C), over_time;
  std::vector<std::vector<double>> value(kMeasureCount, std::vector<double>(C)),
      low = value, high = value, resampled(kMeasureCount, std::vector<double>(C * R));
  std::vector<std::vector<double>> times(C);
  parallel_for(C, study.threads(), [&](std::size_t c) {
    math::use_threads(1);
    const Cloud cloud = cloud_of(study, recording, contexts[c]);
    const auto measured = cloud.measure(
        resamples(cloud.sequences(), static_cast<int>(R), study.random("bootstrap " + contexts[c].name)),
        ddof);
    for (std::size_t m = 0; m < kMeasureCount; ++m) {
      value[m][c] = measured[0][m];
      for (std::size_t r = 0; r < R; ++r) resampled[m][c * R + r] = measured[r + 1][m];
      const auto begin = resampled[m].begin() + static_cast<std::ptrdiff_t>(c * R);
      const Interval interval = percentiles({begin, begin + static_cast<std::ptrdiff_t>(R)});
      low[m][c] = interval.low;
      high[m][c] = interval.high;
    }
    gini_of[c] = gini(cloud.states());
    sequences[c] = cloud.sequences();
    times[c] = cloud.norm_over_time();
  });

  const auto rows = outputs();
  std::vector<std::string> names;
  for (std::size_t c = 0; c < C; ++c) {
    names.push_back(contexts[c].name);
    over_time.insert(over_time.end(), times[c].begin(), times[c].end());
  }
  const auto extent = static_cast<std::int64_t>(C);
  const auto put = [&](const std::string& path, const std::vector<double>& values, const Shape& shape) {
    write(file, rows, path, path, values, shape);
  };
  file.strings("/efficiency/contexts", names, tsd::meaning_of(rows, "/efficiency/contexts"));
  put("/efficiency/gini", gini_of, {extent});
  put("/efficiency/n_sequences", sequences, {extent});
  put("/efficiency/magnitude_over_time", over_time, {extent, recording.L});
  for (std::size_t m = 0; m < kMeasureCount; ++m) {
    const std::string path = std::string("/efficiency/") + kMeasures[m].name;
    put(path + "/value", value[m], {extent});
    put(path + "/ci_low", low[m], {extent});
    put(path + "/ci_high", high[m], {extent});
    put(path + "/resamples", resampled[m], {extent, static_cast<std::int64_t>(R)});
  }
  study.sign(file, "/efficiency", recording, "none");
}

}  // namespace

Analysis efficiency() {
  return {"efficiency", "size, dimension, sparsity and variability of the states", outputs(), run};
}

}  // namespace tsd::nback
