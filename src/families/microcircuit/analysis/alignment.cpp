#include "families/microcircuit/analysis/alignment.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "families/microcircuit/analysis/angles.hpp"
#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

namespace {

using Values = std::vector<double>;

Values transposed(std::span<const double> W, std::size_t rows, std::size_t columns) {
  Values T(W.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) T[j * rows + i] = W[i * columns + j];
  return T;
}

// A [rows, inner] B [inner, columns]
Values product(std::span<const double> A, std::span<const double> B, std::size_t rows, std::size_t inner,
               std::size_t columns) {
  Values C(rows * columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t k = 0; k < inner; ++k)
      for (std::size_t j = 0; j < columns; ++j) C[i * columns + j] += A[i * inner + k] * B[k * columns + j];
  return C;
}

// A^-1 B by elimination with pivots, A [n, n], B [n, columns]; empty where A is singular to rounding.
Values solve(Values A, Values B, std::size_t n, std::size_t columns) {
  const double scale = std::abs(*std::ranges::max_element(A, {}, [](double a) { return std::abs(a); }));
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(A[i * n + k]) > std::abs(A[pivot * n + k])) pivot = i;
    if (!(std::abs(A[pivot * n + k]) > 1e-13 * scale)) return {};
    for (std::size_t j = 0; j < n; ++j) std::swap(A[k * n + j], A[pivot * n + j]);
    for (std::size_t j = 0; j < columns; ++j) std::swap(B[k * columns + j], B[pivot * columns + j]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = A[i * n + k] / A[k * n + k];
      for (std::size_t j = k; j < n; ++j) A[i * n + j] -= factor * A[k * n + j];
      for (std::size_t j = 0; j < columns; ++j) B[i * columns + j] -= factor * B[k * columns + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < columns; ++j) B[i * columns + j] /= A[i * n + i];
  return B;
}

const Output kEpoch = {"/epoch", "set", "", "epoch of each set of weights, from 1"};

// Angles of a set in one hidden layer; NaN where there are no such weights.
struct Measure {
  const char *name, *meaning;
  double (*of)(const Circuit&, const Layout&, const State&, std::size_t l);
};

double to_negative_BPP(const Circuit&, const Layout& layout, const State& state, std::size_t l) {
  Values negative;
  for (const double w : state[layout.BPP[l]]) negative.push_back(-w);
  return angle(state[layout.BPI[l]], negative);
}

double to_WPP(const Circuit&, const Layout& layout, const State& state, std::size_t l) {
  return layout.WIP[l].size() == 0 ? NAN : angle(state[layout.WIP[l]], state[layout.WPP[l + 1]]);
}

// Where feedback skips layers, of the product of the forward weights on its way.
double to_pseudo_inverse(const Circuit& c, const Layout& layout, const State& state, std::size_t l) {
  const auto first = state[layout.WPP[l + 1]];
  Values forward(first.begin(), first.end());
  std::size_t rows = layout.WPP[l + 1].rows;
  const std::size_t columns = layout.WPP[l + 1].columns;
  for (std::size_t k = l + 2; k <= static_cast<std::size_t>(c.above(static_cast<int>(l))); ++k) {
    forward = product(state[layout.WPP[k]], forward, layout.WPP[k].rows, rows, columns);
    rows = layout.WPP[k].rows;
  }
  const Values inverse = pseudo_inverse(forward, rows, columns);
  return inverse.empty() ? NAN : angle(state[layout.BPP[l]], inverse);
}

constexpr Measure kMeasures[] = {
    {"angle_BPI_BPP", "between BPI and -BPP: 0 in the self-predicting state", to_negative_BPP},
    {"angle_WIP_WPP", "between WIP and the WPP of the layer above: 0 in the self-predicting state", to_WPP},
    {"angle_BPP_inverse", "between BPP and the pseudo-inverse of the forward weights to where it comes from",
     to_pseudo_inverse},
    {"angle_WPPT_BPP", "between BPP and the transposed forward weights",
     [](const Circuit& c, const Layout& layout, const State& state, std::size_t l) {
       return angle_WPPT_BPP(c, layout, state, static_cast<int>(l));
     }}};

Output output_of(const Measure& measure) {
  return {std::string("/students/<seed>/") + measure.name, "set,hidden layer", "degree",
          std::string("angle ") + measure.meaning};
}

void run(Experiment& finished, Hdf5Writer& results) {
  const auto& experiment = static_cast<const MicrocircuitExperiment&>(finished);
  const Layout& layout = experiment.layout();
  const auto hidden = static_cast<std::size_t>(experiment.config().hidden());
  for (const Student& student : experiment.students()) {
    const std::size_t sets = student.recorder.sets();
    std::vector<Values> angles(std::size(kMeasures));
    for (std::size_t set = 0; set < sets; ++set) {
      State state = student.state;
      std::vector<std::string> missing;
      each_weight(layout, [&](const std::string& name, const Slot& slot) {
        const auto values = student.recorder.weights(set, name);
        if (values.empty())
          std::ranges::fill(state[slot], NAN), missing.push_back(name);
        else
          std::ranges::copy(values, state[slot].begin());
      });
      if (std::ranges::find(missing, "WPP_1") != missing.end())
        student.recorder.load_weights(set, layout, state);
      for (std::size_t m = 0; m < angles.size(); ++m)
        for (std::size_t l = 1; l <= hidden; ++l)
          angles[m].push_back(kMeasures[m].of(experiment.circuit(), layout, state, l));
    }
    for (std::size_t m = 0; m < angles.size(); ++m)
      results.dataset<double>("/students/" + std::to_string(student.seed) + "/" + kMeasures[m].name,
                              angles[m], {static_cast<std::int64_t>(sets), static_cast<std::int64_t>(hidden)},
                              output_of(kMeasures[m]).meaning());
  }
  results.dataset(kEpoch.path, experiment.students().front().recorder.set_epochs(), kEpoch.meaning());
}

}  // namespace

Values pseudo_inverse(std::span<const double> W, std::size_t rows, std::size_t columns) {
  const Values T = transposed(W, rows, columns);
  if (rows <= columns) {  // W^T (W W^T)^-1, the transpose of (W W^T)^-1 W
    const Values solved =
        solve(product(W, T, rows, columns, rows), Values(W.begin(), W.end()), rows, columns);
    return solved.empty() ? Values() : transposed(solved, rows, columns);
  }
  return solve(product(T, W, columns, rows, columns), T, columns, rows);  // (W^T W)^-1 W^T
}

Analysis alignment() {
  std::vector<Output> outputs = {kEpoch};
  for (const Measure& measure : kMeasures) outputs.push_back(output_of(measure));
  return {"alignment", "angles of lateral and backward weights to what they should be", outputs, run};
}

}  // namespace tsd::microcircuit
