// The deterministic data set for side-by-side comparison of hidden states. nback.md 2.6.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "families/nback/data/sequences.hpp"
#include "families/nback/data/task.hpp"

namespace tsd::nback {

struct SharedDataset {
  std::vector<Sequence> sequences;
  std::vector<std::string> keys;  // "<task>:n<n>:<iiiii>"
};

// First 8 bytes, big endian, of SHA-256("<seed>:<task>:<n>").
std::uint64_t condition_seed(std::uint64_t seed, Property task, int n);

// Per task and n (in the order of mix), samples_per_task / |n_values| sequences over all stimuli of the set.
// ConfigError where that is no whole number.
SharedDataset shared_dataset(const StimulusSet& set, const TaskMix& mix, int samples_per_task = 2100,
                             std::uint64_t seed = 42);
// The same over the stimuli of `pool` alone.
SharedDataset shared_dataset(const StimulusSet& set, std::span<const std::int32_t> pool, const TaskMix& mix,
                             int samples_per_task, std::uint64_t seed);

// SHA-256 of the compact, key-sorted JSON list of {id, n, stimulus_paths, task}.
std::string manifest_digest(const StimulusSet& set, const SharedDataset& dataset);

}  // namespace tsd::nback
