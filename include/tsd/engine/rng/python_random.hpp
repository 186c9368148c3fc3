// Python's `random` module, digit for digit (CPython 3.8 to 3.13).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/rng/mt19937.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed = 0) { this->seed(seed); }
  void seed(std::uint64_t seed);  // random.seed(int)

  double random() { return mt_.next_double(); }
  std::uint64_t below(std::uint64_t n);  // _randbelow: choice(list) is list[below(len(list))]
  std::vector<std::int64_t> sample(std::int64_t n, std::int64_t k);  // random.sample(range(n), k)
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[below(i + 1)]);
  }

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  Mt19937 mt_;
};

}  // namespace tsd
