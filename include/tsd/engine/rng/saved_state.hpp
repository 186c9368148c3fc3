// A generator's state as one array of 64-bit words: the engine's words, then a flag and the bits of a cached
// value.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/error.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

template <class Words>
Array save_words(std::string name, const Words& words, std::optional<double> cached = std::nullopt) {
  std::vector<std::uint64_t> all(words.begin(), words.end());
  all.push_back(cached.has_value());
  all.push_back(std::bit_cast<std::uint64_t>(cached.value_or(0)));
  return make_array<std::uint64_t>(std::move(name), all);
}

// The words, and the cached value through `cached`; DataError where the array is not of `count` words.
inline std::vector<std::uint64_t> load_words(const Array& saved, std::size_t count,
                                             std::optional<double>* cached = nullptr) {
  const auto all = saved.as<std::uint64_t>();
  if (all.size() != count + 2)
    throw DataError("generator " + saved.name + ": expected " + std::to_string(count + 2) + " words, got " +
                    std::to_string(all.size()));
  if (cached) *cached = all[count] ? std::optional(std::bit_cast<double>(all[count + 1])) : std::nullopt;
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace tsd
