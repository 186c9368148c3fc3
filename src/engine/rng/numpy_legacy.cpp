#include "tsd/engine/rng/numpy_legacy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "tsd/engine/rng/poisson.hpp"
#include "tsd/engine/rng/saved_state.hpp"

namespace tsd {

void NumpyLegacy::seed(std::uint32_t seed) {
  mt_.seed(seed);
  cached_gauss_.reset();
}

void NumpyLegacy::seed(std::span<const std::uint32_t> key) {
  mt_.seed_by_array(key);
  cached_gauss_.reset();
}

double NumpyLegacy::gauss() {
  if (cached_gauss_) return *std::exchange(cached_gauss_, std::nullopt);
  double x1, x2, r2;
  do {
    x1 = 2.0 * random_sample() - 1.0;
    x2 = 2.0 * random_sample() - 1.0;
    r2 = x1 * x1 + x2 * x2;
  } while (r2 >= 1.0 || r2 == 0.0);
  const double f = std::sqrt(-2.0 * std::log(r2) / r2);
  cached_gauss_ = f * x1;
  return f * x2;
}

namespace {

// Points of the polar method, many at a time; loops that the compiler can turn into vector code.
struct Points {
  static constexpr std::size_t kMost = 256;
  std::array<std::uint32_t, 4 * kMost> words;
  std::array<double, kMost> x1, x2, r2, factor;

  // Of `tries` points those inside the unit circle, in order.
  std::size_t draw(Mt19937& mt, std::size_t tries) {
    mt.next(std::span(words).first(4 * tries));
    const auto coordinate = [&](std::size_t at) {
      const double a = static_cast<std::int32_t>(words[at] >> 5),
                   b = static_cast<std::int32_t>(words[at + 1] >> 6);
      return 2.0 * ((a * 67108864.0 + b) * 0x1p-53) - 1.0;
    };
    for (std::size_t i = 0; i < tries; ++i) {
      x1[i] = coordinate(4 * i);
      x2[i] = coordinate(4 * i + 2);
      r2[i] = x1[i] * x1[i] + x2[i] * x2[i];
    }
    std::size_t inside = 0;
    for (std::size_t i = 0; i < tries; ++i) {
      x1[inside] = x1[i], x2[inside] = x2[i], r2[inside] = r2[i];
      inside += r2[i] < 1.0 && r2[i] != 0.0;
    }
    for (std::size_t i = 0; i < inside; ++i) factor[i] = std::log(r2[i]);
    for (std::size_t i = 0; i < inside; ++i) factor[i] = std::sqrt(-2.0 * factor[i] / r2[i]);
    return inside;
  }
};

}  // namespace

void NumpyLegacy::gauss(std::size_t count, double* out, std::size_t stride) {
  const auto put = [&](double value) {
    *out = value;
    out += stride;
    --count;
  };
  if (count > 0 && cached_gauss_) put(gauss());
  Points points;
  while (count >
         1) {  // never more tries than values are needed: the stream is left where single calls leave it
    const std::size_t inside = points.draw(mt_, std::min(count / 2, Points::kMost));
    for (std::size_t i = 0; i < inside; ++i) {
      put(points.factor[i] * points.x2[i]);
      put(points.factor[i] * points.x1[i]);
    }
  }
  if (count > 0) put(gauss());
}

std::uint64_t NumpyLegacy::interval(std::uint64_t max) {
  if (max == 0) return 0;  // without a draw
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(max);
  for (;;) {
    std::uint64_t draw = mt_.next();
    if (max >> 32) draw = draw << 32 | mt_.next();
    if ((draw &= mask) <= max) return draw;
  }
}

std::int64_t NumpyLegacy::randint(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(interval(static_cast<std::uint64_t>(high - low - 1)));
}

std::vector<std::int64_t> NumpyLegacy::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order));
  return order;
}

std::int64_t NumpyLegacy::choice(std::span<const double> probabilities) {
  std::vector<double> cumulative(probabilities.size());
  std::partial_sum(probabilities.begin(), probabilities.end(), cumulative.begin());
  const double total = cumulative.back();
  for (double& value : cumulative) value /= total;
  return std::upper_bound(cumulative.begin(), cumulative.end(), random_sample()) - cumulative.begin();
}

std::int64_t NumpyLegacy::poisson(double rate) {
  return tsd::poisson(rate, [this] { return random_sample(); });
}

Array NumpyLegacy::save(std::string name) const {
  return save_words(std::move(name), mt_.save(), cached_gauss_);
}
void NumpyLegacy::load(const Array& saved) {
  mt_.load(load_words(saved, Mt19937::kSavedWords, &cached_gauss_));
}

}  // namespace tsd
