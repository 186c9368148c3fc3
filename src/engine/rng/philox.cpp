#include "tsd/engine/rng/philox.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "tsd/engine/rng/saved_state.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {

Philox::Philox(std::uint64_t seed, std::string_view stream) {
  const std::string digest = sha256(std::to_string(seed) + ":" + std::string(stream));
  for (std::size_t i = 0; i < 2; ++i)
    key_[i] = static_cast<std::uint32_t>(std::stoul(digest.substr(8 * i, 8), nullptr, 16));
}

Philox::Philox(std::array<std::uint32_t, 2> key) : key_(key) {}

std::array<std::uint32_t, 4> Philox::block(std::uint64_t counter_low, std::uint64_t counter_high) const {
  std::array<std::uint32_t, 4> c = {
      static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
      static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)};
  auto key = key_;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0], p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return c;
}

std::uint32_t Philox::next() {
  if (used_ == 4) {
    words_ = block(counter_++);
    used_ = 0;
  }
  return words_[used_++];
}

std::uint64_t Philox::next64() {
  const std::uint64_t high = next();
  return high << 32 | next();
}

double Philox::random() { return static_cast<double>(next64() >> 11) * 0x1p-53; }

std::uint64_t Philox::below(std::uint64_t n) {
  for (;;) {
    const auto product = static_cast<unsigned __int128>(next64()) * n;
    if (static_cast<std::uint64_t>(product) >= -n % n) return static_cast<std::uint64_t>(product >> 64);
  }
}

double Philox::normal() {
  if (spare_normal_) return *std::exchange(spare_normal_, std::nullopt);
  const double radius = std::sqrt(-2 * std::log1p(-random())), theta = 2 * std::numbers::pi * random();
  spare_normal_ = radius * std::sin(theta);
  return radius * std::cos(theta);
}

void Philox::uniform(std::span<float> out, double low, double high) {
  for (float& value : out) value = static_cast<float>(low + (high - low) * random());
}

void Philox::bernoulli(std::span<float> out, double p) {
  for (float& value : out) value = next() * 0x1p-32 < p ? 1.0f : 0.0f;
}

Array Philox::save(std::string name) const {
  const std::uint64_t words[] = {key_[0], key_[1], counter_, used_};
  return save_words(std::move(name), std::span(words), spare_normal_);
}

void Philox::load(const Array& saved) {
  const auto words = load_words(saved, 4, &spare_normal_);
  key_ = {static_cast<std::uint32_t>(words[0]), static_cast<std::uint32_t>(words[1])};
  counter_ = words[2];
  used_ = static_cast<std::uint32_t>(words[3]);
  if (used_ > 4) throw DataError("generator " + saved.name + ": position outside its block");
  if (used_ < 4) words_ = block(counter_ - 1);
}

}  // namespace tsd
