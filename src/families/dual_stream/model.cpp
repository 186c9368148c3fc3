#include "families/dual_stream/model.hpp"

#include <cmath>
#include <numbers>

namespace tsd::dual_stream {

namespace {

// Where the next slot begins.
class Cursor {
 public:
  Slot take(std::string name, Shape shape) {
    Slot slot{std::move(name), at_, std::move(shape)};
    at_ += slot.size();
    return slot;
  }
  std::size_t at() const { return at_; }

 private:
  std::size_t at_ = 0;
};

Shape attention_shape(const Fast& f) {
  const std::int64_t N = f.shared_factor ? 1 : f.N, D = f.D;
  if (f.kind != FastKind::distribution) return {D};
  return f.covariance == Covariance::full ? Shape{N, D, D} : Shape{N, D};
}

}  // namespace

float Fast::fresh_density(float square) const {
  const float scale = 2 * std::numbers::pi_v<float> * variance;
  return std::exp(-0.5f * (square / variance + static_cast<float>(D) * std::log(scale)));
}

Layout::Layout(const Model& model) {
  if (model.has_fast()) {
    const Fast& f = model.fast;
    Cursor cursor;
    position = cursor.take("position", {f.N, f.D});
    attention = cursor.take("attention", attention_shape(f));
    association = cursor.take("association", {f.N, f.K});
    fast_parameters = cursor.at();
    active = cursor.take("active", f.grouped() ? Shape{1} : Shape{f.N});
    fast_size = cursor.at() + (f.momentum != 0 ? fast_parameters : 0);
  }
  Cursor cursor;
  for (std::size_t l = 0; l < model.slow.layers(); ++l) {
    const std::int64_t in = model.slow.sizes[l], out = model.slow.sizes[l + 1];
    W.push_back(cursor.take("W" + std::to_string(l), {out, in}));
    b.push_back(cursor.take("b" + std::to_string(l), {out}));
  }
  slow_parameters = cursor.at();
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
      for (std::size_t i = 0; i < in; ++i) wide[W[l] + i * row[l] + j] = state[layout.W[l].at + j * in + i];
      wide[b[l] + j] = state[layout.b[l].at + j];
    }
  }
}

void WideLayout::save(const Layout& layout, const float* wide, std::span<float> state) const {
  for (std::size_t l = 0; l < row.size(); ++l) {
    const auto in = static_cast<std::size_t>(sizes[l]), out = static_cast<std::size_t>(sizes[l + 1]);
    for (std::size_t j = 0; j < out; ++j) {
      for (std::size_t i = 0; i < in; ++i) state[layout.W[l].at + j * in + i] = wide[W[l] + i * row[l] + j];
      state[layout.b[l].at + j] = wide[b[l] + j];
    }
  }
}

}  // namespace tsd::dual_stream
