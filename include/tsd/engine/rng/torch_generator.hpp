// torch's CPU generator (mt19937), digit for digit: what torch.manual_seed(seed) and then the named operation
// on a contiguous CPU tensor give in PyTorch 2.13 on an x86 processor with AVX2 or AVX-512 (elsewhere PyTorch
// itself rounds differently: its kernels are compiled with fused multiply-add and use their own logarithm and
// sine there).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/rng/mt19937.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

class TorchGenerator {
 public:
  explicit TorchGenerator(std::uint64_t seed = 0) { this->seed(seed); }
  void seed(std::uint64_t seed);  // only its lower 32 bits count, as in torch

  std::uint32_t random() { return mt_.next(); }
  std::uint64_t random64();  // two words, high one first

  // Tensor.uniform_(low, high), rand: 24 bits for float32, 53 bits for float64.
  void uniform(std::span<float> out, double low = 0, double high = 1);
  void uniform(std::span<double> out, double low = 0, double high = 1);
  // Tensor.normal_(mean, std), randn; one rule below 16 elements (with a cached second value), another from
  // 16 on.
  void normal(std::span<float> out, double mean = 0, double std = 1);
  void normal(std::span<double> out, double mean = 0, double std = 1);
  // torch.randint(low, high, ...): [low, high).
  void randint(std::span<std::int64_t> out, std::int64_t low, std::int64_t high);
  // torch.bernoulli(p), Tensor.bernoulli_(p) with a float32 tensor p: 24 bits for each element.
  void bernoulli(std::span<const float> p, std::span<float> out);
  // Tensor.bernoulli_(p) with a number p, so also dropout with probability 1 - p: 53 bits for each element.
  void bernoulli(double p, std::span<float> out);
  // torch.randperm(n), n below 2^27.
  std::vector<std::int64_t> randperm(std::int64_t n);

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  double small_normal();  // the rule below 16 elements

  Mt19937 mt_;
  std::optional<double> cached_normal_;
};

}  // namespace tsd
