#include "tsd/engine/rng/python_random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

#include "tsd/engine/rng/saved_state.hpp"

namespace tsd {

void PythonRandom::seed(std::uint64_t seed) {
  const std::array<std::uint32_t, 2> words = {static_cast<std::uint32_t>(seed),
                                              static_cast<std::uint32_t>(seed >> 32)};
  mt_.seed_by_array(std::span(words).first(words[1] ? 2 : 1));
}

// Top bits of 32-bit words, redrawn until below n.
std::uint64_t PythonRandom::below(std::uint64_t n) {
  const int bits = std::bit_width(n);
  for (;;) {
    std::uint64_t draw;
    if (bits <= 32) {
      draw = mt_.next() >> (32 - bits);
    } else {
      draw = mt_.next();
      draw |= static_cast<std::uint64_t>(mt_.next() >> (64 - bits)) << 32;
    }
    if (draw < n) return draw;
  }
}

// CPython draws from a shrinking pool where that is smaller than a set of what was chosen.
std::vector<std::int64_t> PythonRandom::sample(std::int64_t n, std::int64_t k) {
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(k));
  double set_size = 21;
  if (k > 5) set_size += std::pow(4.0, std::ceil(std::log(3.0 * static_cast<double>(k)) / std::log(4.0)));
  if (static_cast<double>(n) <= set_size) {
    std::vector<std::int64_t> pool(static_cast<std::size_t>(n));
    std::iota(pool.begin(), pool.end(), 0);
    for (std::int64_t i = 0; i < k; ++i) {
      const auto j = below(static_cast<std::uint64_t>(n - i));
      chosen[i] = pool[j];
      pool[j] = pool[n - i - 1];
    }
  } else {
    std::set<std::int64_t> seen;
    for (auto& value : chosen) {
      do value = static_cast<std::int64_t>(below(static_cast<std::uint64_t>(n)));
      while (!seen.insert(value).second);
    }
  }
  return chosen;
}

Array PythonRandom::save(std::string name) const { return save_words(std::move(name), mt_.save()); }
void PythonRandom::load(const Array& saved) { mt_.load(load_words(saved, Mt19937::kSavedWords)); }

}  // namespace tsd
