// Measures of the activity of a set of sequences, and of resamples of it (nback.md 7.6).
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::nback {

using Dense = math::DenseD;

enum Measured { kMagnitude, kParticipationRatio, kSparsity, kFano, kCv2, kMeasureCount };
using Measures = std::array<double, kMeasureCount>;

// A resample is given by how often each sequence counts. No state is copied for it: everything is a product
// with these counts, and the participation ratio comes from second moments (tr C)^2 / |C|^2 without a
// decomposition. With M the second moment and m the mean, |C|^2 = |M|^2 - 2 m' M m + |m|^4, and |M|^2 is a
// quadratic form in the counts.
class Cloud {
 public:
  // Rows: the L states of the first sequence, of the second, ..; group: of each row, for kFano and kCv2.
  Cloud(Dense states, int L, std::span<const int> group);

  int sequences() const { return N_; }
  const Dense& states() const { return x_; }
  std::vector<double> norm_over_time() const;  // mean, [L]
  // counts [resamples, sequences], each row with the sum N -> one for each row.
  std::vector<Measures> measure(const Dense& counts, int ddof) const;

 private:
  std::vector<double> sparse_entries(const Dense& counts) const;
  void add_variability(const Dense& counts, int ddof, std::vector<Measures>& all) const;

  Dense x_;  // [N L, H]
  int L_, N_, H_;
  std::vector<std::vector<int>> groups_;  // rows
  std::vector<double> norms_;
  Dense sums_;       // [N, H], over steps
  Dense quadratic_;  // [N, N]: of two sequences, the sum over their steps of squared products
};

}  // namespace tsd::nback
