// Size, dimension, sparsity and variability of the states, per task and n (nback.md 7.6).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Measure {
  const char *name, *units, *description;
};
constexpr Measure kMeasures[] = {
    {"magnitude", "", "mean norm of a state"},
    {"participation_ratio", "", "squared trace of the covariance over its squared norm"},
    {"sparsity", "fraction", "entries below 5 % of their unit's largest"},
    {"fano", "", "variance over mean of a unit's size at equal step and value of the task's property"},
    {"cv2", "", "variance over squared mean, likewise"}};
constexpr std::size_t kMeasureCount = std::size(kMeasures);

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

// States of one context, kept so that a resample of its sequences costs little: no state is copied, and the
// participation ratio comes from second moments (tr C)^2 / |C|^2 without a decomposition. |C|^2 of weighted
// sequences is a quadratic form in the weights: with M the second moment and m the mean,
// |C|^2 = |M|^2 - 2 m' M m + |m|^4.
class Cloud {
 public:
  Cloud(const Study& study, const Recording& recording, const Context& context) : L_(recording.L) {
    const auto chosen = context.all();
    N_ = static_cast<int>(chosen.size());
    H_ = recording.H;
    x_ = Dense(N_ * L_, H_);
    for (int t = 0; t < L_; ++t) {
      const Dense at = recording.hidden(chosen, t);
      const auto values = study.labels(recording, chosen, *context.task, t);
      for (int i = 0; i < N_; ++i) std::copy_n(at.row(i).begin(), H_, x_.row(i * L_ + t).begin());
      for (int i = 0; i < N_; ++i)
        group_.push_back(t * study.values(*context.task) + values[i]);  // by step, sequence
    }
    std::vector<int> by_row(group_.size());
    for (int t = 0; t < L_; ++t)
      for (int i = 0; i < N_; ++i) by_row[i * L_ + t] = group_[t * N_ + i];
    group_ = classes_as_numbers(by_row);
    norms_.resize(x_.rows);
    for (int r = 0; r < x_.rows; ++r) {
      double squares = 0;
      for (double value : x_.row(r)) squares += value * value;
      norms_[r] = std::sqrt(squares);
    }
    quadratic_ = squared_products();
  }

  const Dense& states() const { return x_; }
  int sequences() const { return N_; }
  std::vector<double> over_time() const {
    std::vector<double> mean(L_);
    for (int r = 0; r < x_.rows; ++r) mean[r % L_] += norms_[r] / N_;
    return mean;
  }

  // How often each sequence counts -> the measures.
  std::array<double, kMeasureCount> measure(const std::vector<int>& counts, int ddof) const {
    const double rows = static_cast<double>(x_.rows);
    double magnitude = 0, trace = 0, fourth = 0, mean_squared = 0, mixed = 0;
    std::vector<double> mean(H_), largest(H_);
    for (int r = 0; r < x_.rows; ++r) {
      const int count = counts[r / L_];
      if (count == 0) continue;
      magnitude += count * norms_[r] / rows;
      trace += count * norms_[r] * norms_[r] / rows;
      const auto row = x_.row(r);
      for (int k = 0; k < H_; ++k) {
        mean[k] += count * row[k];
        largest[k] = std::max(largest[k], std::abs(row[k]));
      }
    }
    for (int k = 0; k < H_; ++k) {
      mean[k] /= rows;
      mean_squared += mean[k] * mean[k];
      largest[k] = 0.05 * (largest[k] > 0 ? largest[k] : 1);
    }
    for (int a = 0; a < N_; ++a) {
      double sum = 0;
      const auto row = quadratic_.row(a);
      for (int b = 0; b < N_; ++b) sum += counts[b] * row[b];
      fourth += counts[a] * sum / (rows * rows);
    }
    double sparse = 0;
    std::vector<Moments> groups(groups_);
    for (auto& g : groups) g.sum.resize(H_), g.squares.resize(H_);
    for (int r = 0; r < x_.rows; ++r) {
      const int count = counts[r / L_];
      if (count == 0) continue;
      Moments& g = groups[group_[r]];
      g.n += count;
      const auto row = x_.row(r);
      double along = 0;
      int below = 0;
      for (int k = 0; k < H_; ++k) {
        const double value = row[k], size = std::abs(value);
        along += value * mean[k];
        below += size < largest[k];
        g.sum[k] += count * size;
        g.squares[k] += count * size * size;
      }
      mixed += count * along * along / rows;
      sparse += count * static_cast<double>(below);
    }
    const double total = trace - mean_squared, norm = fourth - 2 * mixed + mean_squared * mean_squared;
    const Variability v = variability_of(groups, ddof);
    return {magnitude, total * total / norm, sparse / (rows * H_), v.fano, v.cv2};
  }

 private:
  struct Moments {
    double n = 0;
    std::vector<double> sum, squares;
  };

  std::vector<int> classes_as_numbers(const std::vector<int>& values) {
    const auto known = classes_of(values);
    groups_ = known.size();
    std::vector<int> numbers;
    for (int value : values)
      numbers.push_back(
          static_cast<int>(std::lower_bound(known.begin(), known.end(), value) - known.begin()));
    return numbers;
  }

  Variability variability_of(const std::vector<Moments>& groups, int ddof) const {
    Variability total;
    double count = 0;
    for (const Moments& g : groups) {
      if (g.n < 3) continue;
      for (int k = 0; k < H_; ++k) {
        const double mean = g.sum[k] / g.n;
        if (mean <= 1e-6) continue;
        const double variance = std::max(0.0, g.squares[k] - g.n * mean * mean) / (g.n - ddof);
        total.fano += variance / mean;
        total.cv2 += variance / (mean * mean);
        ++count;
      }
    }
    return count == 0 ? Variability{kNone, kNone} : Variability{total.fano / count, total.cv2 / count};
  }

  // Of every two sequences, the sum of (x_i x_j)^2 over their steps.
  Dense squared_products() const {
    Dense sums(N_, N_);
    Dense own(L_, H_);
    for (int a = 0; a < N_; ++a) {
      std::copy_n(x_.row(a * L_).begin(), own.values.size(), own.values.begin());
      const Dense products = product(own, nn::Form::plain, x_, nn::Form::transposed);
      for (int i = 0; i < L_; ++i)
        for (int r = 0; r < x_.rows; ++r) sums(a, r / L_) += products(i, r) * products(i, r);
    }
    return sums;
  }

  int L_, N_ = 0, H_ = 0;
  Dense x_;                 // [N L, H]
  std::vector<int> group_;  // of a row: its step and the value of the task's property on screen
  std::size_t groups_ = 0;
  std::vector<double> norms_;
  Dense quadratic_;  // [N, N]
};

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
    nn::use_threads(1);
    const Cloud cloud(study, recording, contexts[c]);
    const auto whole = cloud.measure(std::vector<int>(cloud.sequences(), 1), ddof);
    Philox rng = study.random("bootstrap " + contexts[c].name);
    for (std::size_t r = 0; r < R; ++r) {
      const auto again = cloud.measure(resample_counts(cloud.sequences(), rng), ddof);
      for (std::size_t m = 0; m < kMeasureCount; ++m) resampled[m][c * R + r] = again[m];
    }
    for (std::size_t m = 0; m < kMeasureCount; ++m) {
      value[m][c] = whole[m];
      const auto begin = resampled[m].begin() + static_cast<std::ptrdiff_t>(c * R);
      const Interval interval = percentiles({begin, begin + static_cast<std::ptrdiff_t>(R)});
      low[m][c] = interval.low;
      high[m][c] = interval.high;
    }
    gini_of[c] = gini(cloud.states());
    sequences[c] = cloud.sequences();
    times[c] = cloud.over_time();
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
