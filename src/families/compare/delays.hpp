// Linear operators of delay-embedded courses (HAVOK, dynamic mode decomposition; ctd-data-compare.md 7.5.2),
// by second moments of the embedding: it is never built as a whole.
#pragma once
#include <optional>
#include <string>
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

// What cannot be computed, with a suggestion; nothing where it can.
std::optional<std::string> obstacle(const DsaSettings& settings, std::int64_t trials, std::int64_t steps,
                                    int units);

Operator fit_operator(const DsaSettings& settings, const std::vector<Window>& windows);

}  // namespace tsd::compare
