#include "families/plastic/native/kernel.hpp"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "families/plastic/native/kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "families/plastic/native/kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::plastic::HWY_NAMESPACE {

void forward(const Stream& s, float* h, float* q) {
  for_blocks(s.m, s.stride, [&](auto K, std::ptrdiff_t first) { forward_block<K()>(s, first, h, q); });
}

void backward(const Stream& s, const float* h, float* g, float* hr, float* dE, float* du) {
  for_blocks(s.m, s.stride, [&](auto K, std::ptrdiff_t first) {
    if (du != nullptr)
      backward_block<K(), true>(s, first, h, g, hr, dE, du);
    else
      backward_block<K(), false>(s, first, h, g, hr, dE, du);
  });
}

void inputs(const Outputs& s, const float* h, const float* g, float* du) {
  for_blocks(s.n, s.u_stride, [&](auto K, std::ptrdiff_t first) { inputs_block<K()>(s, first, h, g, du); });
}

void gated(int N, std::ptrdiff_t stride, Phi phi, const float* z, float* h) {
  for (std::ptrdiff_t i = 0; i < stride; i += lanes()) {
    V last = all(0);
    for (int t = 0; t < N; ++t) {
      const std::ptrdiff_t at = t * stride + i;
      last = phi_of(phi, hn::MulAdd(last, load(z + at), load(h + at)));
      store(last, h + at);
    }
  }
}

void gated_back(int N, std::ptrdiff_t stride, Phi phi, const float* z, const float* h, float* g, float* dz) {
  for (std::ptrdiff_t i = 0; i < stride; i += lanes()) {
    V after = all(0), next_z = all(0);
    for (int t = N - 1; t >= 0; --t) {
      const std::ptrdiff_t at = t * stride + i;
      after = hn::Mul(hn::MulAdd(after, next_z, load(g + at)), slope_of(phi, load(h + at)));
      next_z = load(z + at);
      store(after, g + at);
      store(t > 0 ? hn::Mul(after, load(h + at - stride)) : all(0), dz + at);
    }
  }
}

void phi(Phi phi, std::size_t size, float* a) {
  for (std::size_t i = 0; i < size; i += static_cast<std::size_t>(lanes()))
    store(phi_of(phi, load(a + i)), a + i);
}

void phi_back(Phi phi, std::size_t size, const float* h, float* g) {
  for (std::size_t i = 0; i < size; i += static_cast<std::size_t>(lanes()))
    store(hn::Mul(load(g + i), slope_of(phi, load(h + i))), g + i);
}

void product(const Product& p) {
  const std::ptrdiff_t L = lanes();
  std::ptrdiff_t c = 0;
  for (; c + 2 * L <= p.columns; c += 2 * L) product_columns<2>(p, c);
  for (; c < p.columns; c += L) product_columns<1>(p, c);
}

}  // namespace tsd::plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::plastic {

HWY_EXPORT(forward);
HWY_EXPORT(backward);
HWY_EXPORT(inputs);
HWY_EXPORT(gated);
HWY_EXPORT(gated_back);
HWY_EXPORT(phi);
HWY_EXPORT(phi_back);
HWY_EXPORT(product);

void plastic_forward(const Stream& s, float* h, float* q) { HWY_DYNAMIC_DISPATCH(forward)(s, h, q); }
void plastic_backward(const Stream& s, const float* h, float* g, float* hr, float* dE, float* du) {
  HWY_DYNAMIC_DISPATCH(backward)(s, h, g, hr, dE, du);
}
void plastic_inputs(const Outputs& s, const float* h, const float* g, float* du) {
  HWY_DYNAMIC_DISPATCH(inputs)(s, h, g, du);
}
void gated_forward(int N, std::ptrdiff_t stride, Phi f, const float* z, float* h) {
  HWY_DYNAMIC_DISPATCH(gated)(N, stride, f, z, h);
}
void gated_backward(int N, std::ptrdiff_t stride, Phi f, const float* z, const float* h, float* g,
                    float* dz) {
  HWY_DYNAMIC_DISPATCH(gated_back)(N, stride, f, z, h, g, dz);
}
void activate(Phi f, std::size_t size, float* a) { HWY_DYNAMIC_DISPATCH(phi)(f, size, a); }
void activate_backward(Phi f, std::size_t size, const float* h, float* g) {
  HWY_DYNAMIC_DISPATCH(phi_back)(f, size, h, g);
}
void add_product(const Product& p) { HWY_DYNAMIC_DISPATCH(product)(p); }

}  // namespace tsd::plastic
#endif
