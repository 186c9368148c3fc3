// NumPy's Generator(PCG64(SeedSequence(seed))), digit for digit.
// O'Neill 2014, PCG; SeedSequence as in NumPy 1.17 and later.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd {

// The pool of numpy.random.SeedSequence(entropy), and the words it hands out.
std::vector<std::uint32_t> seed_sequence_words(std::uint64_t entropy, std::size_t count);

class NumpyGenerator {
 public:
  explicit NumpyGenerator(std::uint64_t seed = 0) { this->seed(seed); }
  void seed(std::uint64_t seed);

  std::uint64_t next64();
  std::uint32_t next32();                     // halves of a 64-bit word, low half first, second half cached
  double random();                            // 53 bits in [0, 1)
  std::uint64_t interval(std::uint64_t max);  // random_interval: [0, max], masked rejection
  std::vector<std::int64_t> permutation(std::int64_t n);
  std::int64_t poisson(double rate);

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  unsigned __int128 state_ = 0, increment_ = 0;
  std::optional<std::uint32_t> half_;
};

}  // namespace tsd
