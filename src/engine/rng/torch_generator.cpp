#include "tsd/engine/rng/torch_generator.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "engine/rng/cephes.hpp"
#include "tsd/engine/rng/saved_state.hpp"

namespace tsd {

namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

float unit_float(TorchGenerator& g) { return static_cast<float>(g.random() & 0xffffffu) * 0x1p-24f; }
double unit_double(TorchGenerator& g) {
  return static_cast<double>(g.random64() & ((1ull << 53) - 1)) * 0x1p-53;
}

void draw(TorchGenerator& g, float& value) { value = unit_float(g); }
void draw(TorchGenerator& g, double& value) { value = unit_double(g); }

// The width is rounded to T, the sum to double and then to T.
template <class T>
void uniform_fill(TorchGenerator& g, std::span<T> out, T low, T high) {
  const T width = high - low;
  for (T& value : out) {
    draw(g, value);
    value = static_cast<T>(
        std::fma(static_cast<double>(value), static_cast<double>(width), static_cast<double>(low)));
  }
}

// Box-Muller on two uniforms in place.
void box_muller(float& u1, float& u2) {
  const float radius = std::sqrt(-2 * cephes::log(1 - u1));
  const auto [sin, cos] = cephes::sincos(static_cast<float>(kTwoPi) * u2);
  u1 = radius * cos;
  u2 = radius * sin;
}
void box_muller(double& u1, double& u2) {
  const double radius = std::sqrt(-2 * std::log(1 - u1)), theta = kTwoPi * u2;
  u1 = radius * std::cos(theta);
  u2 = radius * std::sin(theta);
}

// In a block of 16 element j is paired with element j + 8.
template <class T>
void normal_16(T* data, T mean, T std) {
  for (int j = 0; j < 8; ++j) {
    box_muller(data[j], data[j + 8]);
    data[j] = std::fma(data[j], std, mean);
    data[j + 8] = std::fma(data[j + 8], std, mean);
  }
}

// From 16 elements on: all uniforms first, then blocks of 16; a remainder redraws the last 16.
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

void TorchGenerator::uniform(std::span<float> out, double low, double high) {
  uniform_fill(*this, out, static_cast<float>(low), static_cast<float>(high));
}
void TorchGenerator::uniform(std::span<double> out, double low, double high) {
  uniform_fill(*this, out, low, high);
}

double TorchGenerator::small_normal() {
  if (cached_normal_) return *std::exchange(cached_normal_, std::nullopt);
  const double u1 = unit_double(*this), u2 = unit_double(*this);
  const double radius = std::sqrt(-2 * std::log1p(-u2)), theta = kTwoPi * u1;
  cached_normal_ = radius * std::sin(theta);
  return radius * std::cos(theta);
}

void TorchGenerator::normal(std::span<float> out, double mean, double std) {
  if (out.size() >= 16) return normal_fill(*this, out, mean, std);
  for (float& value : out) value = static_cast<float>(std::fma(small_normal(), std, mean));
}

void TorchGenerator::normal(std::span<double> out, double mean, double std) {
  if (out.size() >= 16) return normal_fill(*this, out, mean, std);
  for (double& value : out) value = std::fma(small_normal(), std, mean);
}

void TorchGenerator::randint(std::span<std::int64_t> out, std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  for (auto& value : out) {
    const std::uint64_t bits = range >> 28 ? random64() : random();
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + bits % range);
  }
}

void TorchGenerator::bernoulli(std::span<const float> p, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = unit_float(*this) < p[i] ? 1.0f : 0.0f;
}

void TorchGenerator::bernoulli(double p, std::span<float> out) {
  for (float& value : out) value = unit_double(*this) < p ? 1.0f : 0.0f;
}

std::vector<std::int64_t> TorchGenerator::randperm(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i + 1 < order.size(); ++i)
    std::swap(order[i], order[i + random() % (order.size() - i)]);
  return order;
}

Array TorchGenerator::save(std::string name) const {
  return save_words(std::move(name), mt_.save(), cached_normal_);
}
void TorchGenerator::load(const Array& saved) {
  mt_.load(load_words(saved, Mt19937::kSavedWords, &cached_normal_));
}

}  // namespace tsd
