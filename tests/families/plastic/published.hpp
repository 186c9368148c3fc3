// The deterministic sequences and parameters of plastic.md 11.1 and 11.2.
#pragma once
#include <cmath>
#include <numeric>

#include "families/plastic/data/task.hpp"
#include "families/plastic/model/network.hpp"

namespace tsd::plastic::test {

class Congruential final : public Draws {
 public:
  void base(std::span<float> frame) override {
    for (float& value : frame) value = uniform() >= 0.5 ? 1.0f : -1.0f;
  }
  std::vector<std::int64_t> distinct(int n, int k) override {
    if (n == k) {  // an order: the pool method
      std::vector<std::int64_t> pool(static_cast<std::size_t>(n)), taken;
      std::iota(pool.begin(), pool.end(), 0);
      for (int i = 0; i < n; ++i) {
        const auto j = static_cast<std::size_t>(below(n - i));
        taken.push_back(pool[j]);
        pool[j] = pool[static_cast<std::size_t>(n - i - 1)];
      }
      return taken;
    }
    const auto first = below(n);  // two components
    auto second = below(n - 1);
    if (second >= first) ++second;
    return {first, second};
  }
  double uniform() override {
    state_ = (1103515245 * state_ + 12345) % (std::uint64_t{1} << 31);
    return static_cast<double>(state_) / 2147483648.0;
  }
  Arrays save() const override { return {}; }
  void load(const Arrays&) override {}

 private:
  std::int64_t below(int n) { return static_cast<std::int64_t>(std::floor(n * uniform())); }
  std::uint64_t state_ = 1;
};

inline Sequence published_sequence(int R) {
  Congruential draws;
  Sequence sequence;
  generate({}, R, 20, draws, sequence);
  return sequence;
}

// Element k of a tensor: c sin(phi + 1.7 k + 0.01 k^2).
inline std::vector<double> published_parameters(const ModelSpec& network, const Layout& layout) {
  std::vector<double> all(layout.size());
  const auto fill = [&](const Slot& slot, double c, double phi) {
    for (std::size_t k = 0; k < slot.size(); ++k) {
      const auto x = static_cast<double>(k);
      all[slot.offset + k] = c * std::sin(phi + 1.7 * x + 0.01 * x * x);
    }
  };
  fill(layout.w_final, 0.8, 0.5);
  fill(layout.b_final, 0.3, 0.9);
  for (std::size_t i = 0; i < layout.weight.size(); ++i) {
    const auto x = static_cast<double>(i);
    fill(layout.weight[i], 0.4, 0.3 + x);
    fill(layout.bias[i], 0.2, 0.7 + x);
    if (i >= layout.eta.size()) continue;
    fill(layout.eta[i], 0.5, 0.11 + x);
    if (network.layers[i].rates == Rates::scalar) all[layout.eta[i].offset] = -0.5;
    all[layout.lambda[i].offset] = 1;
  }
  return all;
}

}  // namespace tsd::plastic::test
