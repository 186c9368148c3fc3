// Accuracies and losses of one pass over a split, by the definitions of nback.md 4.4.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "families/nback/model/backend.hpp"

namespace tsd::nback {

// Running sums, held as one flat vector of doubles (whole numbers exact) so that a pass can be saved at any
// batch.
class Tally {
 public:
  // levels: as in ModelSpec; no sequence has a larger n.
  // all_steps: every step counts as executive (training without mask_trivial_steps).
  // proxy: targets are values of a property, and steps without one don't count; no confusion then.
  explicit Tally(int L = 0, int levels = kLevels, bool all_steps = false, bool proxy = false);

  void add(const Batch& batch, const Outcome& outcome);
  void clear();

  // Means over batches, each batch of equal weight.
  double loss() const;           // main + lambda * no-action
  double weighted_loss() const;  // class-weighted cross entropy of all steps
  double accuracy() const;       // over all steps with a target: B * L, or fewer in proxy
  // Over steps.
  double masked_accuracy() const;          // executive steps
  double no_action_accuracy() const;       // trivial steps; 0 where there are none
  double recall(Response response) const;  // on executive steps; 0 where the response does not occur
  double occurrences(Response response) const;
  std::span<const double> confusion() const;  // [3, 3] rows target, columns predicted; executive steps
  // [property, n - 1], executive steps; NaN where there are none
  std::vector<double> accuracy_by_task() const;
  std::vector<double> accuracy_by_step() const;  // [L], all sequences; NaN where there are none

  const std::vector<double>& sums() const { return sums_; }
  void restore(std::span<const double> sums);

 private:
  std::size_t tasks() const { return kProperties * levels_; }
  std::size_t steps() const;  // where the counts by step begin

  std::size_t L_, levels_;
  bool all_steps_, proxy_;
  std::vector<double> sums_;
};

// A player that says no_action for t < n and one constant answer afterwards (nback.md 4.6), mean over
// n_values.
struct Chance {
  double all_steps, masked;
};
Chance proxy_chance(std::span<const Property> properties, std::span<const int> heads);  // one value for all
Chance chance_level(std::span<const int> n_values, int L, double match_probability);

}  // namespace tsd::nback
