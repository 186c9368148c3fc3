// torch's CPU generator (mt19937), digit for digit: the streams of torch.rand, randn, randint, bernoulli, randperm on
// contiguous float32 / float64 / int64 tensors after torch.manual_seed(seed). Gaussians of 16 elements and more agree
// to rounding only: torch takes their logarithms and sines from its own vector approximations. Tensor.bernoulli_(p)
// with a plain number p is another stream (MKL's) and is not imitated.
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
  void seed(std::uint64_t seed);

  std::uint32_t random() { return mt_.next(); }
  std::uint64_t random64();

  void uniform(std::span<float> out, double low = 0, double high = 1);   // Tensor.uniform_(low, high), float32
  void uniform(std::span<double> out, double low = 0, double high = 1);  // float64
  void normal(std::span<float> out, double mean = 0, double std = 1);    // Tensor.normal_; two rules: below 16 elements, and from 16 on
  void normal(std::span<double> out, double mean = 0, double std = 1);
  void randint(std::span<std::int64_t> out, std::int64_t low, std::int64_t high);  // [low, high)
  void bernoulli(std::span<float> out, float p);                          // torch.bernoulli(tensor of p): 0 or 1
  std::vector<std::int64_t> randperm(std::int64_t n);

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  Mt19937 mt_;
  double small_normal();  // the rule below 16 elements; second value cached
  std::optional<double> cached_normal_;
};

}  // namespace tsd
