// NumPy's legacy RandomState, digit for digit.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/rng/mt19937.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

class NumpyLegacy {
 public:
  explicit NumpyLegacy(std::uint32_t seed = 0) { this->seed(seed); }
  void seed(std::uint32_t seed);                  // RandomState.seed(int): clears the cached Gaussian
  void seed(std::span<const std::uint32_t> key);  // RandomState.seed(array)

  double random_sample() { return mt_.next_double(); }
  double uniform(double low, double high) { return low + (high - low) * random_sample(); }
  double gauss();  // polar method, second value cached
  // The values of `count` calls into out[0], out[stride], ..., faster than one by one.
  void gauss(std::size_t count, double* out, std::size_t stride);
  double normal(double mean, double std) { return mean + std * gauss(); }
  std::int64_t randint(std::int64_t low, std::int64_t high);  // [low, high), dtype int64 (masked rejection)
  std::vector<std::int64_t> permutation(std::int64_t n);
  std::int64_t poisson(double rate);
  std::int64_t choice(
      std::span<const double> probabilities);  // choice(n, p=...): one draw by the cumulative sum
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[interval(i)]);
  }
  std::uint64_t interval(std::uint64_t max);  // rk_interval: [0, max], masked rejection

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  Mt19937 mt_;
  std::optional<double> cached_gauss_;
};

}  // namespace tsd
