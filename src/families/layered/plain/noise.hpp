// Where a network's normal numbers come from.
#pragma once

#include <cstdint>
#include <memory>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::layered {

class Noise {
 public:
  virtual ~Noise() = default;
  virtual torch::Tensor normal(torch::IntArrayRef shape) = 0;
  // Numbers of the original's that are multiplied by 0.
  virtual void skip(std::int64_t count) = 0;
  virtual torch::Tensor save() const = 0;  // bytes; none where the stream is saved by its owner
  virtual void restore(const torch::Tensor& saved) = 0;
};

std::unique_ptr<Noise> make_noise(TorchGenerator* stream, torch::Device device, std::uint64_t seed);

}  // namespace tsd::layered
