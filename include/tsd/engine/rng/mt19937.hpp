// The 32-bit Mersenne Twister, shared by NumPy's legacy stream, Python's random and torch's CPU generator.
// Matsumoto & Nishimura 1998, doi:10.1145/272991.272995
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace tsd {

class Mt19937 {
 public:
  explicit Mt19937(std::uint32_t seed = 5489) { this->seed(seed); }
  void seed(std::uint32_t seed);                           // init_genrand
  void seed_by_array(std::span<const std::uint32_t> key);  // init_by_array

  std::uint32_t next() {
    if (position_ == 624) refill();
    return temper(state_[position_++]);
  }
  void next(std::span<std::uint32_t> out);  // as many calls
  // 53 bits in [0, 1): ((a >> 5) * 2^26 + (b >> 6)) / 2^53.
  double next_double() {
    const std::uint32_t a = next() >> 5, b = next() >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
  }

  static constexpr std::size_t kSavedWords = 625;  // 624 words and the position
  std::array<std::uint32_t, kSavedWords> save() const;
  void load(std::span<const std::uint64_t> saved);

 private:
  static std::uint32_t temper(std::uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }
  void refill();

  std::array<std::uint32_t, 624> state_{};
  std::uint32_t position_ = 624;
};

}  // namespace tsd
