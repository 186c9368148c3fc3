// Where searches for fixed points begin, and at which inputs (compare.md 7.3, 7.4).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "families/ctd/compare/models.hpp"

namespace tsd::compare {

// What a network went through: its latents, and the inputs of the same steps in its cell's order.
struct Courses {
  std::vector<const Series*> latents;              // training, then validation
  std::vector<std::vector<const Series*>> inputs;  // of each part, side by side
  std::vector<const Series*> targets = {};         // of the task's; of coupled ones alone
  std::vector<Series> own;                         // those that are not the reference's

  // Place: row, those of validation trials counted on from those of training.
  const float* state(std::int64_t place) const;
  void copy_input(std::int64_t place, float* to) const;
  const float* target(std::int64_t place) const;
  math::Dense<float> mean_input(int width) const;

 private:
  std::pair<std::size_t, std::int64_t> find_row(std::int64_t place) const;
};

// Of the network itself, as recorded; or without noise, inputs and all, where the recording tells these and
// they can be simulated.
Courses recorded_courses(const Reference& reference);
Courses noiseless_courses(const Reference& reference, int threads);
// Of the network and its arm, at what the task shows them without noise; see System. DataError where the recording or
// the network tells nothing of an arm.
Courses coupled_courses(const Reference& reference);
Courses model_courses(const Reference& reference, const Model& model);

// Rows that starts are drawn from: all, those before the trials' ends, or those of validation trials in
// their moment. DataError where the recording has no such.
std::vector<std::int64_t> open_rows(const Reference& reference, const Moment& moment, bool valid_bins_only);

// Validation trials of a moment and the first step of its first phase, of those that have it; of no phase their own.
std::vector<std::pair<std::int64_t, std::int64_t>> beginnings(const Reference& reference,
                                                              const Moment& moment);

// Noise-free input at the first step of a moment with one phase, of the first validation trial that has it.
std::vector<float> input_at(const Reference& reference, const Moment& moment);

}  // namespace tsd::compare
