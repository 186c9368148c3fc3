#include "families/dual_stream/model/model.hpp"

#include <cmath>
#include <numbers>

namespace tsd::dual_stream {

namespace {

Shape attention_shape(const Fast& f) {
  const std::int64_t N = f.shared_factor ? 1 : f.N, D = f.D;
  if (!f.has_factors()) return {D};
  return f.covariance == Covariance::full ? Shape{N, D, D} : Shape{N, D};
}

}  // namespace

float Fast::fresh_density(float square) const {
  const float scale = 2 * std::numbers::pi_v<float> * variance;
  return std::exp(-0.5f * (square / variance + static_cast<float>(D) * std::log(scale)));
}

Layout::Layout(const ModelSpec& model) {
  if (model.has_fast()) {
    const Fast& f = model.fast;
    nn::Layout slots;
    position = slots.add("position", {f.N, f.D});
    attention = slots.add("attention", attention_shape(f));
    association = slots.add("association", {f.N, f.K});
    fast_parameters = slots.size();
    active = slots.add("active", f.grouped() ? Shape{1} : Shape{f.N});
    fast_size = slots.size() + (f.momentum != 0 ? fast_parameters : 0);
  }
  nn::Layout slots;
  for (std::size_t l = 0; l < model.slow.layers(); ++l) {
    const std::int64_t in = model.slow.sizes[l], out = model.slow.sizes[l + 1];
    W.push_back(slots.add("W" + std::to_string(l), {out, in}));
    b.push_back(slots.add("b" + std::to_string(l), {out}));
  }
  slow_parameters = slots.size();
  slow_size = slow_parameters * (model.slow.momentum != 0 ? 2 : 1);
}

WideLayout::WideLayout(const Slow& slow) : sizes(slow.sizes) {
  constexpr std::size_t kVector = 16;
  for (std::size_t l = 0; l < slow.layers(); ++l) {
    const auto in = static_cast<std::size_t>(sizes[l]), out = static_cast<std::size_t>(sizes[l + 1]);
    row.push_back((out + kVector - 1) / kVector * kVector);
    W.push_back(size);
    b.push_back(size + in * row[l]);
    size = b[l] + row[l];
  }
}

void WideLayout::load(const Layout& layout, std::span<const float> state, float* wide) const {
  std::fill_n(wide, size, 0.0f);
  for (std::size_t l = 0; l < row.size(); ++l) {
    const auto in = static_cast<std::size_t>(sizes[l]), out = static_cast<std::size_t>(sizes[l + 1]);
    for (std::size_t j = 0; j < out; ++j) {
      for (std::size_t i = 0; i < in; ++i)
        wide[W[l] + i * row[l] + j] = state[layout.W[l].offset + j * in + i];
      wide[b[l] + j] = state[layout.b[l].offset + j];
    }
  }
}

void WideLayout::save(const Layout& layout, const float* wide, std::span<float> state) const {
  for (std::size_t l = 0; l < row.size(); ++l) {
    const auto in = static_cast<std::size_t>(sizes[l]), out = static_cast<std::size_t>(sizes[l + 1]);
    for (std::size_t j = 0; j < out; ++j) {
      for (std::size_t i = 0; i < in; ++i)
        state[layout.W[l].offset + j * in + i] = wide[W[l] + i * row[l] + j];
      state[layout.b[l].offset + j] = wide[b[l] + j];
    }
  }
}

}  // namespace tsd::dual_stream
