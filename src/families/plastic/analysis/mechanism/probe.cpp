#include "families/plastic/analysis/mechanism/probe.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "families/plastic/analysis/memory.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::plastic {

namespace {

constexpr int kScenesBetweenRanks = 10;  // P changes little from one scene to the next

using Row = std::vector<double>;

// Sums of rows of numbers, one per neuron, apart for novel and for familiar scenes.
class Split {
 public:
  explicit Split(int n) : sum_{Row(n), Row(n)}, squares_{Row(n), Row(n)} {}

  template <class Values>
  void add(bool familiar, const Values& row) {
    if (first_.empty()) first_.assign(row.begin(), row.end());
    ++scenes_[familiar];
    for (std::size_t i = 0; i < first_.size(); ++i) {
      const double x = row[i] - first_[i];  // 0 throughout of a neuron that never varies
      sum_[familiar][i] += x, squares_[familiar][i] += x * x;
    }
  }
  ByNovelty means() const {
    ByNovelty all;
    for (std::size_t i = 0; i < sum_[0].size(); ++i)
      all.novel.push_back(first_[i] + mean(false, i)), all.familiar.push_back(first_[i] + mean(true, i));
    return all;
  }
  // d' of each neuron; 0 where it never varies.
  Row selectivity() const {
    Row all;
    for (std::size_t i = 0; i < sum_[0].size(); ++i) {
      double within = 0;
      for (const bool f : {false, true}) within += squares_[f][i] - scenes_[f] * mean(f, i) * mean(f, i);
      const double sd = std::sqrt(std::max(0.0, within / (scenes_[0] + scenes_[1] - 2)));
      const double difference = mean(true, i) - mean(false, i);
      all.push_back(sd > 0 ? difference / sd : difference == 0 ? 0 : std::copysign(HUGE_VAL, difference));
    }
    return all;
  }

 private:
  double mean(bool familiar, std::size_t i) const { return sum_[familiar][i] / scenes_[familiar]; }

  Row first_, sum_[2], squares_[2];
  double scenes_[2] = {0, 0};
};

double correlation(const Row& a, const Row& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n,
               mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

// Mean of what is a number.
class Mean {
 public:
  void add(double x) {
    if (!std::isfinite(x)) return;
    sum_ += x;
    ++count_;
  }
  double value() const { return count_ > 0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  double sum_ = 0, count_ = 0;
};

// (tr C)^2 / tr C^2 of C = P P'.
double participation(const std::vector<float>& P, int rows) {
  math::DenseD matrix(rows, static_cast<int>(P.size()) / rows);
  std::copy(P.begin(), P.end(), matrix.values.begin());
  const auto C = product(matrix, math::Form::plain, matrix, math::Form::transposed);
  double trace = 0, squares = 0;
  for (int i = 0; i < rows; ++i) trace += C(i, i);
  for (const double c : C.values) squares += c * c;
  return trace * trace / squares;
}

// P after the last scenes, and how like the present one they are.
class Past {
 public:
  explicit Past(int lags) : cosines_(static_cast<std::size_t>(lags)) {}

  void add(const std::vector<float>& P) {
    states_.push_front(P);
    if (states_.size() > cosines_.size()) states_.pop_back();
    for (std::size_t lag = 0; lag < states_.size(); ++lag) cosines_[lag].add(cosine(P, states_[lag]));
  }
  Row means() const {
    Row all;
    for (const Mean& mean : cosines_) all.push_back(mean.value());
    return all;
  }

 private:
  static double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
      ab += double{a[k]} * b[k], aa += double{a[k]} * a[k], bb += double{b[k]} * b[k];
    return ab / std::sqrt(aa * bb);
  }

  std::deque<std::vector<float>> states_;
  std::vector<Mean> cosines_;
};

const float* input_of(const ModelSpec& network, const Sequence& sequence, const Trace& trace,
                      std::size_t layer, std::size_t frame) {
  const bool from_frame = layer == 0 || network.stacked;
  return (from_frame ? sequence.frames : trace.h[layer - 1]).data() +
         frame * static_cast<std::size_t>(network.layers[layer].m);
}

Row product_with(std::span<const float> matrix, const float* u, std::size_t n) {
  Row out(n);
  const std::size_t m = matrix.size() / n;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) out[i] += double{matrix[i * m + j]} * u[j];
  return out;
}

Row time_constants(const Layer& layer, std::span<const float> lambda) {
  if (layer.memory == Memory::last_frame) return {0};
  Row all;
  for (const float l : lambda) {
    const double rate = -std::log(decay_of(layer, l));
    all.push_back(rate > 0 ? 1 / rate : HUGE_VAL);
  }
  return all;
}

void probe_memory(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
                  const Sequence& sequence, const Trace& trace, std::size_t layer, int lags, Probe& found) {
  const Layer& kind = network.layers[layer];
  const auto n = static_cast<std::size_t>(kind.n);
  const auto part = [&](const Slot& slot) { return parameters.subspan(slot.offset, slot.size()); };
  const auto weight = part(layout.weight[layer]), bias = part(layout.bias[layer]);
  PlasticMatrix matrix(network, layout, parameters, layer);
  Split fixed(kind.n), remembered(kind.n);
  Mean opposition[2], rank;
  Past past(lags);
  for (int t = 0; t < sequence.frame_count(); ++t) {
    const bool answers = t % sequence.F == sequence.F - 1;
    if (answers) {
      const float* u = input_of(network, sequence, trace, layer, static_cast<std::size_t>(t));
      Row from_weights = product_with(weight, u, n), from_memory = product_with(matrix.effective(), u, n);
      for (std::size_t i = 0; i < n; ++i) from_memory[i] -= from_weights[i], from_weights[i] += bias[i];
      const bool familiar = sequence.labels[static_cast<std::size_t>(t / sequence.F)] != 0;
      fixed.add(familiar, from_weights);
      remembered.add(familiar, from_memory);
      opposition[familiar].add(correlation(from_weights, from_memory));
    }
    matrix.see(sequence, trace, t);
    if (!answers) continue;
    past.add(matrix.values());
    if (t / sequence.F % kScenesBetweenRanks == 0) rank.add(participation(matrix.values(), kind.n));
  }
  found.fixed = fixed.means(), found.remembered = remembered.means();
  for (const bool f : {false, true}) found.opposition[f] = opposition[f].value();
  found.rank = rank.value();
  found.persistence = past.means();
  found.time_constant = time_constants(kind, part(layout.lambda[layer]));
}

}  // namespace

Probe probe(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
            const Sequence& sequence, const Trace& trace, std::size_t layer, int lags) {
  const auto n = static_cast<std::size_t>(network.layers[layer].n);
  Probe found;
  Split activity(network.layers[layer].n);
  for (std::size_t s = 0; s < sequence.labels.size(); ++s) {
    const std::size_t frame = (s + 1) * static_cast<std::size_t>(sequence.F) - 1;
    activity.add(sequence.labels[s] != 0, std::span(trace.h[layer]).subspan(frame * n, n));
  }
  found.activity = activity.means();
  found.selectivity = activity.selectivity();
  if (network.layers[layer].plastic())
    probe_memory(network, layout, parameters, sequence, trace, layer, lags, found);
  return found;
}

}  // namespace tsd::plastic
