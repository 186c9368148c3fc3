// Trials of a task in single precision, split into training and validation as the reference does
// (ctd_task.md 2.1, 2.6).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "families/ctd_task/task.hpp"

namespace tsd::ctd_task {

struct Dataset {
  TaskShape shape;
  std::int64_t N = 0;
  std::vector<float> ics;                  // [N, n_ic]
  std::vector<float> inputs, true_inputs;  // [N, T, I]; true_inputs where they are asked for
  std::vector<float> targets;              // [N, T, O]
  std::vector<float> inputs_to_env;        // [N, T, K]
  std::vector<float> extra;                // [N, E]
  std::vector<std::uint8_t> weights;       // [N, T, O] of squared errors; open loop only
  std::vector<std::int64_t> conds, index;  // [N]; index: in order of generation
  std::vector<std::int32_t> lengths;       // [N]: steps until the last one that counts
  std::vector<Phase> phases;               // [N, 6]; MultiTask only

  // Row i of an array with `width` numbers per trial.
  template <class T>
  static std::span<const T> row(const std::vector<T>& values, std::int64_t i, std::size_t width) {
    return std::span(values).subspan(static_cast<std::size_t>(i) * width, width);
  }
};

// Where the reference's split puts each trial: validation first, [0, n_valid), then training.
struct Places {
  std::int64_t N = 0, n_valid = 0;
  std::vector<std::int64_t> place;  // by order of generation
};
Places split_places(const Task& task, std::int64_t n_samples, std::uint64_t seed);

struct Split {
  Dataset train, valid;
  NumpyLegacy stream;  // as the generator left it
};

// Seeds the legacy stream and draws all trials. Validation keeps its true inputs, training where it is told
// to.
Split make_split(const Task& task, std::int64_t n_samples, std::uint64_t seed, bool keep_true_inputs = false);

std::vector<std::int64_t> first_trials(std::int64_t n);  // 0, 1, .., n - 1

// Indices of the trials of each batch of one epoch.
using Batches = std::vector<std::vector<std::int64_t>>;
Batches random_batches(std::int64_t n_train, std::int64_t batch_size, NumpyLegacy& stream);
// Of one condition each; as many as the reference's trainer takes, or all that there are.
Batches grouped_batches(std::span<const std::int64_t> conds, std::int64_t batch_size, bool all_batches,
                        NumpyLegacy& stream);

}  // namespace tsd::ctd_task
