// Philox4x32-10: a counter-based generator. Any draw can be had at once, in any order, on any thread.
// Salmon et al. 2011, doi:10.1145/2063384.2063405
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsd/io/array.hpp"

namespace tsd {

class Philox {
 public:
  // A named stream of a run: `stream` ("init", "noise", ...) is hashed into the key with the seed.
  explicit Philox(std::uint64_t seed = 0, std::string_view stream = "");
  explicit Philox(std::array<std::uint32_t, 2> key);  // the bare generator

  // The block of four words at `counter`; a pure function.
  std::array<std::uint32_t, 4> block(std::uint64_t counter_low, std::uint64_t counter_high = 0) const;

  // Sequential use.
  std::uint32_t next();
  std::uint64_t next64();
  double random();                       // 53 bits in [0, 1)
  std::uint64_t below(std::uint64_t n);  // unbiased (Lemire)
  double normal();                       // Box-Muller, second value kept
  void uniform(std::span<float> out, double low, double high);
  void bernoulli(std::span<float> out, double p);

  Array save(std::string name) const;
  void load(const Array& saved);

 private:
  std::array<std::uint32_t, 2> key_{};
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::uint32_t used_ = 4;
  std::optional<double> spare_normal_;
};

}  // namespace tsd
