// Linear operators of delay-embedded courses (HAVOK, dynamic mode decomposition; compare.md 7.5.2),
// by second moments of the embedding: it is never built as a whole.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "families/compare/config.hpp"
#include "families/compare/series.hpp"
#include "tsd/nn/dense.hpp"

namespace tsd::compare {

struct Operator {
  nn::DenseD matrix;  // [r, r]: v_{t+1} = A v_t in principal coordinates (transposed where of reduced rank)
  std::vector<double> cumulative_variance;  // of the embedding's principal directions
  nn::DenseD in_delay_space() const;        // U S A S^-1 U^T
  nn::DenseD directions;                    // U, [delays * units, r]
  std::vector<double> singular_values;      // S, r of them
};

// Trials [first, first + count) of a series.
struct Window {
  const Series* series;
  std::int64_t first, count;
};

// Trials of the settings' phase, and of these the first int(percent_data n); the same as two halves, the
// first the smaller one.
std::int64_t trials_of(const DsaSettings& settings, const Series& train, const Series& val);
std::vector<Window> windows(const DsaSettings& settings, const Series& train, const Series& val);
std::pair<std::vector<Window>, std::vector<Window>> halves(const std::vector<Window>& windows);

// What cannot be computed, with a suggestion; nothing where it can. parts: that the trials are shared among.
std::optional<std::string> obstacle(const DsaSettings& settings, std::int64_t trials, std::int64_t steps,
                                    int units, int parts = 1);

Operator fit_operator(const DsaSettings& settings, const std::vector<Window>& windows);

}  // namespace tsd::compare
