#include "tsd/kernels/elementwise.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

void add_to(std::size_t n, const float* x, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) {
    hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  });
}

void sum(std::size_t n, const float* a, const float* b, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) {
    hn::StoreU(hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  });
}

void multiply_by(std::size_t n, const float* x, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) {
    hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  });
}

void product(std::size_t n, const float* a, const float* b, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) {
    hn::StoreU(hn::Mul(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  });
}

void multiply_add(std::size_t n, const float* a, const float* b, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) {
    hn::StoreU(hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, y + i)), d, y + i);
  });
}

void relu(std::size_t n, float* x) {
  for_lanes(n, [&](auto d, std::size_t i) { hn::StoreU(relu_of(d, hn::LoadU(d, x + i)), d, x + i); });
}

void relu_backward(std::size_t n, const float* y, float* dy) {
  for_lanes(n, [&](auto d, std::size_t i) {
    const auto off = hn::Le(hn::LoadU(d, y + i), hn::Zero(d));
    hn::StoreU(hn::IfThenZeroElse(off, hn::LoadU(d, dy + i)), d, dy + i);
  });
}

void exponential(std::size_t n, const float* x, float* y) {
  for_lanes(n, [&](auto d, std::size_t i) { hn::StoreU(exp_of(d, hn::LoadU(d, x + i)), d, y + i); });
}

void sigmoid(std::size_t n, float* x) {
  for_lanes(n, [&](auto d, std::size_t i) { hn::StoreU(sigmoid_of(d, hn::LoadU(d, x + i)), d, x + i); });
}

void sigmoid_backward(std::size_t n, const float* y, float* dy) {
  for_lanes(n, [&](auto d, std::size_t i) {
    const auto value = hn::LoadU(d, y + i);
    const auto slope = hn::Mul(value, hn::Sub(hn::Set(d, 1.0f), value));
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + i), slope), d, dy + i);
  });
}

void tanh(std::size_t n, float* x) {
  for_lanes(n, [&](auto d, std::size_t i) { hn::StoreU(tanh_of(d, hn::LoadU(d, x + i)), d, x + i); });
}

void tanh_backward(std::size_t n, const float* y, float* dy) {
  for_lanes(n, [&](auto d, std::size_t i) {
    const auto value = hn::LoadU(d, y + i);
    const auto slope = hn::NegMulAdd(value, value, hn::Set(d, 1.0f));
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + i), slope), d, dy + i);
  });
}

double sum_of_squares(std::size_t n, const float* x) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;  // as many floats as there are doubles in a vector
  const std::size_t lanes = hn::Lanes(d);
  auto first = hn::Zero(d), second = first;  // two chains hide the latency of the addition
  std::size_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto a = hn::PromoteTo(d, hn::LoadU(half, x + i)),
               b = hn::PromoteTo(d, hn::LoadU(half, x + i + lanes));
    first = hn::MulAdd(a, a, first);
    second = hn::MulAdd(b, b, second);
  }
  double total = hn::GetLane(hn::SumOfLanes(d, hn::Add(first, second)));
  for (; i < n; ++i) total += static_cast<double>(x[i]) * x[i];
  return total;
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(add_to);
HWY_EXPORT(sum);
HWY_EXPORT(multiply_by);
HWY_EXPORT(product);
HWY_EXPORT(multiply_add);
HWY_EXPORT(relu);
HWY_EXPORT(relu_backward);
HWY_EXPORT(exponential);
HWY_EXPORT(sigmoid);
HWY_EXPORT(sigmoid_backward);
HWY_EXPORT(tanh);
HWY_EXPORT(tanh_backward);
HWY_EXPORT(sum_of_squares);

void add(std::size_t n, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(add_to)(n, x, y); }
void add(std::size_t n, const float* a, const float* b, float* y) { HWY_DYNAMIC_DISPATCH(sum)(n, a, b, y); }
void multiply(std::size_t n, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(multiply_by)(n, x, y); }
void multiply(std::size_t n, const float* a, const float* b, float* y) {
  HWY_DYNAMIC_DISPATCH(product)(n, a, b, y);
}
void multiply_add(std::size_t n, const float* a, const float* b, float* y) {
  HWY_DYNAMIC_DISPATCH(multiply_add)(n, a, b, y);
}
void relu(std::size_t n, float* x) { HWY_DYNAMIC_DISPATCH(relu)(n, x); }
void relu_backward(std::size_t n, const float* y, float* dy) {
  HWY_DYNAMIC_DISPATCH(relu_backward)(n, y, dy);
}
void exponential(std::size_t n, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(exponential)(n, x, y); }
void sigmoid(std::size_t n, float* x) { HWY_DYNAMIC_DISPATCH(sigmoid)(n, x); }
void sigmoid_backward(std::size_t n, const float* y, float* dy) {
  HWY_DYNAMIC_DISPATCH(sigmoid_backward)(n, y, dy);
}
void tanh(std::size_t n, float* x) { HWY_DYNAMIC_DISPATCH(tanh)(n, x); }
void tanh_backward(std::size_t n, const float* y, float* dy) {
  HWY_DYNAMIC_DISPATCH(tanh_backward)(n, y, dy);
}
double sum_of_squares(std::size_t n, const float* x) { return HWY_DYNAMIC_DISPATCH(sum_of_squares)(n, x); }

void column_sums(std::size_t rows, std::size_t columns, const float* x, float* sums) {
  std::fill(sums, sums + columns, 0.0f);
  for (std::size_t i = 0; i < rows; ++i) add(columns, x + i * columns, sums);
}

}  // namespace tsd::kernels
#endif
