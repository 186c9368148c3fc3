// What is random: the order of the items and the initial slow stream (dual_stream.md 2.3, 4.5).
#pragma once
#include <cstdint>
#include <vector>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

// The order of `items` in each epoch of each run, [run, epoch, item]; the same for every problem.
std::vector<std::int32_t> orders(const Config& config, std::uint64_t seed, int items);

// The state of each participant before the first trial, [problem, run][Layout::size].
std::vector<std::vector<float>> initial_states(const Config& config, std::uint64_t seed,
                                               const ModelSpec& model, const Layout& layout,
                                               std::size_t problems);

// Seed of the slow stream's initial weights where the config gives none.
std::uint32_t default_init_seed(const Config& config, std::uint64_t seed);

}  // namespace tsd::dual_stream
