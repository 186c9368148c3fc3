#include "tsd/engine/rng/numpy_generator.hpp"

#include <bit>
#include <numeric>
#include <utility>

#include "tsd/engine/rng/poisson.hpp"
#include "tsd/engine/rng/saved_state.hpp"

namespace tsd {

namespace {

constexpr unsigned __int128 kMultiplier =
    static_cast<unsigned __int128>(0x2360ED051FC65DA4ull) << 64 | 0x4385DF649FCCF645ull;

class HashMix {
 public:
  HashMix(std::uint32_t constant, std::uint32_t multiplier) : constant_(constant), multiplier_(multiplier) {}
  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ value >> 16;
  }

 private:
  std::uint32_t constant_, multiplier_;
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t r = 0xca01f9ddu * x - 0x4973f715u * y;
  return r ^ r >> 16;
}

}  // namespace

std::vector<std::uint32_t> seed_sequence_words(std::uint64_t entropy, std::size_t count) {
  std::uint32_t pool[4] = {static_cast<std::uint32_t>(entropy), static_cast<std::uint32_t>(entropy >> 32), 0,
                           0};
  HashMix in(0x43b0d7e5u, 0x931e8875u);
  for (auto& word : pool) word = in(word);
  for (int source = 0; source < 4; ++source)
    for (int target = 0; target < 4; ++target)
      if (source != target) pool[target] = mix(pool[target], in(pool[source]));
  HashMix out(0x8b51f9ddu, 0x58f38dedu);
  std::vector<std::uint32_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = out(pool[i % 4]);
  return words;
}

void NumpyGenerator::seed(std::uint64_t seed) {
  const auto words = seed_sequence_words(seed, 8);
  const auto wide =
      [&](std::size_t i) {  // 128 bits: two 64-bit words, high one first, each from two halves, low one first
        const auto word = [&](std::size_t j) {
          return static_cast<std::uint64_t>(words[2 * j + 1]) << 32 | words[2 * j];
        };
        return static_cast<unsigned __int128>(word(2 * i)) << 64 | word(2 * i + 1);
      };
  increment_ = wide(1) << 1 | 1;
  state_ = (increment_ + wide(0)) * kMultiplier + increment_;
  half_.reset();
}

// XSL-RR output of the state after the step.
std::uint64_t NumpyGenerator::next64() {
  state_ = state_ * kMultiplier + increment_;
  const auto high = static_cast<std::uint64_t>(state_ >> 64), low = static_cast<std::uint64_t>(state_);
  return std::rotr(high ^ low, static_cast<int>(high >> 58));
}

std::uint32_t NumpyGenerator::next32() {
  if (half_) return *std::exchange(half_, std::nullopt);
  const std::uint64_t word = next64();
  half_ = static_cast<std::uint32_t>(word >> 32);
  return static_cast<std::uint32_t>(word);
}

double NumpyGenerator::random() { return static_cast<double>(next64() >> 11) * 0x1p-53; }

std::uint64_t NumpyGenerator::interval(std::uint64_t max) {
  if (max == 0) return 0;  // without a draw
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(max);
  for (;;) {
    const std::uint64_t draw = (max >> 32 ? next64() : next32()) & mask;
    if (draw <= max) return draw;
  }
}

std::vector<std::int64_t> NumpyGenerator::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[interval(i)]);
  return order;
}

std::int64_t NumpyGenerator::poisson(double rate) {
  return tsd::poisson(rate, [this] { return random(); });
}

Array NumpyGenerator::save(std::string name) const {
  const std::uint64_t words[] = {static_cast<std::uint64_t>(state_ >> 64), static_cast<std::uint64_t>(state_),
                                 static_cast<std::uint64_t>(increment_ >> 64),
                                 static_cast<std::uint64_t>(increment_)};
  return save_words(std::move(name), std::span(words), half_ ? std::optional<double>(*half_) : std::nullopt);
}

void NumpyGenerator::load(const Array& saved) {
  std::optional<double> half;
  const auto words = load_words(saved, 4, &half);
  state_ = static_cast<unsigned __int128>(words[0]) << 64 | words[1];
  increment_ = static_cast<unsigned __int128>(words[2]) << 64 | words[3];
  half_ = half ? std::optional(static_cast<std::uint32_t>(*half)) : std::nullopt;
}

}  // namespace tsd
