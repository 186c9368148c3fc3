#include "tsd/engine/rng/mt19937.hpp"

#include <algorithm>

#include "tsd/error.hpp"

namespace tsd {

void Mt19937::seed(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < 624; ++i)
    state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  position_ = 624;
}

void Mt19937::seed_by_array(std::span<const std::uint32_t> key) {
  seed(19650218u);
  std::size_t i = 1, j = 0;
  const auto advance = [&] {
    if (++i == 624) {
      state_[0] = state_[623];
      i = 1;
    }
  };
  for (std::size_t k = std::max<std::size_t>(624, key.size()); k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525u)) + key[j] +
                static_cast<std::uint32_t>(j);
    advance();
    if (++j == key.size()) j = 0;
  }
  for (int k = 623; k > 0; --k) {
    state_[i] =
        (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941u)) - static_cast<std::uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000u;
}

void Mt19937::refill() {
  const auto twist = [](std::uint32_t u, std::uint32_t v) {
    const std::uint32_t y = (u & 0x80000000u) | (v & 0x7fffffffu);
    return (y >> 1) ^ ((y & 1) ? 0x9908b0dfu : 0u);
  };
  for (int k = 0; k < 227; ++k) state_[k] = state_[k + 397] ^ twist(state_[k], state_[k + 1]);
  for (int k = 227; k < 623; ++k) state_[k] = state_[k - 227] ^ twist(state_[k], state_[k + 1]);
  state_[623] = state_[396] ^ twist(state_[623], state_[0]);
  position_ = 0;
}

void Mt19937::next(std::span<std::uint32_t> out) {
  while (!out.empty()) {
    if (position_ == 624) refill();
    const std::size_t some = std::min<std::size_t>(out.size(), 624 - position_);
    const std::uint32_t* words = &state_[position_];  // a local, which `out` can't be
    for (std::size_t i = 0; i < some; ++i) out[i] = temper(words[i]);
    position_ += static_cast<std::uint32_t>(some);
    out = out.subspan(some);
  }
}

std::array<std::uint32_t, Mt19937::kSavedWords> Mt19937::save() const {
  std::array<std::uint32_t, kSavedWords> saved;
  std::copy(state_.begin(), state_.end(), saved.begin());
  saved[624] = position_;
  return saved;
}

void Mt19937::load(std::span<const std::uint64_t> saved) {
  if (saved.size() != kSavedWords || saved[624] > 624)
    throw DataError("saved Mersenne Twister: expected 624 words and a position up to 624");
  for (std::size_t i = 0; i < 624; ++i) state_[i] = static_cast<std::uint32_t>(saved[i]);
  position_ = static_cast<std::uint32_t>(saved[624]);
}

}  // namespace tsd
