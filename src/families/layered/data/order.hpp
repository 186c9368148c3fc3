// Which image comes when, from the draws of PyTorch's loaders (layered.md 4.3).
#pragma once
#include <cstdint>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"

namespace tsd::layered {

struct Split {
  std::vector<std::int64_t> train, validation;  // positions in the training files
};

// The last `validation` of a permutation by the seed; in the files' order where there are none.
Split split(std::int64_t count, std::int64_t validation, std::uint64_t seed);

// The seed of an epoch's order, from the stream.
std::uint64_t epoch_seed(TorchGenerator& stream);
// A permutation of an epoch's training images by its own seed.
std::vector<std::int64_t> shuffled(const std::vector<std::int64_t>& images, std::uint64_t seed);

}  // namespace tsd::layered
