#include "tsd/engine/rng/torch_generator.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "tsd/engine/rng/saved_state.hpp"

namespace tsd {

namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

// 24 bits for float32, 53 for float64.
void draw(TorchGenerator& g, float& value) { value = static_cast<float>(g.random() & 0xffffffu) * 0x1p-24f; }
void draw(TorchGenerator& g, double& value) { value = static_cast<double>(g.random64() & ((1ull << 53) - 1)) * 0x1p-53; }

template <class T>
void uniform_fill(TorchGenerator& g, std::span<T> out, double low, double high) {
  const T from = static_cast<T>(low), width = static_cast<T>(high) - static_cast<T>(low);
  for (T& value : out) {
    draw(g, value);
    value = value * width + from;
  }
}

// Box-Muller on 16 uniforms in place: the first half gives radii, the second angles.
template <class T>
void normal_16(T* data, T mean, T std) {
  for (int j = 0; j < 8; ++j) {
    const T radius = std::sqrt(T(-2) * std::log(T(1) - data[j]));
    const T theta = static_cast<T>(kTwoPi) * data[j + 8];
    data[j] = radius * std::cos(theta) * std + mean;
    data[j + 8] = radius * std::sin(theta) * std + mean;
  }
}

// From 16 elements on: blocks of 16; a remainder redraws the last 16.
template <class T>
void normal_fill(TorchGenerator& g, std::span<T> out, double mean, double std) {
  for (T& value : out) draw(g, value);
  const std::size_t whole = out.size() / 16 * 16;
  for (std::size_t i = 0; i < whole; i += 16) normal_16(&out[i], static_cast<T>(mean), static_cast<T>(std));
  if (whole == out.size()) return;
  const auto tail = out.last(16);
  for (T& value : tail) draw(g, value);
  normal_16(tail.data(), static_cast<T>(mean), static_cast<T>(std));
}

}  // namespace

void TorchGenerator::seed(std::uint64_t seed) {
  mt_.seed(static_cast<std::uint32_t>(seed));
  cached_normal_.reset();
}

std::uint64_t TorchGenerator::random64() {
  const std::uint64_t high = mt_.next();
  return high << 32 | mt_.next();
}

void TorchGenerator::uniform(std::span<float> out, double low, double high) { uniform_fill(*this, out, low, high); }
void TorchGenerator::uniform(std::span<double> out, double low, double high) { uniform_fill(*this, out, low, high); }

double TorchGenerator::small_normal() {
  if (cached_normal_) return *std::exchange(cached_normal_, std::nullopt);
  double u1, u2;
  draw(*this, u1);
  draw(*this, u2);
  const double radius = std::sqrt(-2 * std::log1p(-u2)), theta = kTwoPi * u1;
  cached_normal_ = radius * std::sin(theta);
  return radius * std::cos(theta);
}

void TorchGenerator::normal(std::span<float> out, double mean, double std) {
  if (out.size() >= 16) return normal_fill(*this, out, mean, std);
  for (float& value : out) value = static_cast<float>(small_normal() * std + mean);
}

void TorchGenerator::normal(std::span<double> out, double mean, double std) {
  if (out.size() >= 16) return normal_fill(*this, out, mean, std);
  for (double& value : out) value = small_normal() * std + mean;
}

void TorchGenerator::randint(std::span<std::int64_t> out, std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint64_t>(high - low);
  for (auto& value : out) value = low + static_cast<std::int64_t>((range >> 32 ? random64() : random()) % range);
}

void TorchGenerator::bernoulli(std::span<float> out, float p) {
  for (float& value : out) {
    draw(*this, value);
    value = value < p ? 1.0f : 0.0f;
  }
}

std::vector<std::int64_t> TorchGenerator::randperm(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) std::swap(order[i], order[i + random() % (order.size() - i)]);
  return order;
}

Array TorchGenerator::save(std::string name) const { return save_words(std::move(name), mt_.save(), cached_normal_); }
void TorchGenerator::load(const Array& saved) { mt_.load(load_words(saved, Mt19937::kSavedWords, &cached_normal_)); }

}  // namespace tsd
