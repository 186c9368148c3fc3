#include "tsd/kernels/recurrent.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/recurrent.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

void tanh_cell_forward(int H, const float* input, const float* hidden, const float* bias, float* h) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto sum =
        hn::Add(hn::Add(hn::LoadU(d, input + i), hn::LoadU(d, hidden + i)), hn::LoadU(d, bias + i));
    hn::StoreU(tanh_of(d, sum), d, h + i);
  });
}

void tanh_cell_backward(int H, const float* h, const float* dh, float* d_gate) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto y = hn::LoadU(d, h + i);
    hn::StoreU(hn::Mul(hn::LoadU(d, dh + i), hn::NegMulAdd(y, y, hn::Set(d, 1.0f))), d, d_gate + i);
  });
}

void gru_cell_forward(int H, const float* input, const float* hidden, const float* bias,
                      const float* h_previous, float* saved, float* h) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto sum = [&](std::size_t gate) {
      return hn::Add(hn::Add(hn::LoadU(d, input + gate * H + i), hn::LoadU(d, hidden + gate * H + i)),
                     hn::LoadU(d, bias + gate * H + i));
    };
    const auto r = sigmoid_of(d, sum(0)), u = sigmoid_of(d, sum(1));
    const auto n = hn::Add(hn::LoadU(d, hidden + 2 * H + i), hn::LoadU(d, bias + 3 * H + i));
    const auto c = tanh_of(
        d, hn::MulAdd(r, n, hn::Add(hn::LoadU(d, input + 2 * H + i), hn::LoadU(d, bias + 2 * H + i))));
    hn::StoreU(r, d, saved + i);
    hn::StoreU(u, d, saved + H + i);
    hn::StoreU(c, d, saved + 2 * H + i);
    hn::StoreU(n, d, saved + 3 * H + i);
    hn::StoreU(hn::MulAdd(u, hn::Sub(hn::LoadU(d, h_previous + i), c), c), d, h + i);
  });
}

void gru_cell_backward(int H, const float* saved, const float* h_previous, const float* dh, float* d_input,
                       float* d_hidden, float* dh_previous) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto one = hn::Set(d, 1.0f);
    const auto r = hn::LoadU(d, saved + i), u = hn::LoadU(d, saved + H + i);
    const auto c = hn::LoadU(d, saved + 2 * H + i), n = hn::LoadU(d, saved + 3 * H + i);
    const auto g = hn::LoadU(d, dh + i);
    const auto d_c = hn::Mul(hn::Mul(g, hn::Sub(one, u)), hn::NegMulAdd(c, c, one));
    const auto d_r = hn::Mul(hn::Mul(d_c, n), hn::Mul(r, hn::Sub(one, r)));
    const auto d_u =
        hn::Mul(hn::Mul(g, hn::Sub(hn::LoadU(d, h_previous + i), c)), hn::Mul(u, hn::Sub(one, u)));
    hn::StoreU(d_r, d, d_input + i);
    hn::StoreU(d_u, d, d_input + H + i);
    hn::StoreU(d_c, d, d_input + 2 * H + i);
    hn::StoreU(d_r, d, d_hidden + i);
    hn::StoreU(d_u, d, d_hidden + H + i);
    hn::StoreU(hn::Mul(d_c, r), d, d_hidden + 2 * H + i);
    hn::StoreU(hn::Mul(g, u), d, dh_previous + i);
  });
}

void lstm_cell_forward(int H, const float* input, const float* hidden, const float* bias,
                       const float* c_previous, float* saved, float* c, float* h) {
  for_lanes(H, [&](auto d, std::size_t k) {
    const auto sum = [&](std::size_t gate) {
      return hn::Add(hn::Add(hn::LoadU(d, input + gate * H + k), hn::LoadU(d, hidden + gate * H + k)),
                     hn::LoadU(d, bias + gate * H + k));
    };
    const auto i = sigmoid_of(d, sum(0)), f = sigmoid_of(d, sum(1)), g = tanh_of(d, sum(2)),
               o = sigmoid_of(d, sum(3));
    const auto cell = hn::MulAdd(f, hn::LoadU(d, c_previous + k), hn::Mul(i, g));
    const auto squashed = tanh_of(d, cell);
    hn::StoreU(i, d, saved + k);
    hn::StoreU(f, d, saved + H + k);
    hn::StoreU(g, d, saved + 2 * H + k);
    hn::StoreU(o, d, saved + 3 * H + k);
    hn::StoreU(squashed, d, saved + 4 * H + k);
    hn::StoreU(cell, d, c + k);
    hn::StoreU(hn::Mul(o, squashed), d, h + k);
  });
}

void lstm_cell_backward(int H, const float* saved, const float* c_previous, const float* dh, float* dc,
                        float* d_gates) {
  for_lanes(H, [&](auto d, std::size_t k) {
    const auto one = hn::Set(d, 1.0f);
    const auto i = hn::LoadU(d, saved + k), f = hn::LoadU(d, saved + H + k),
               g = hn::LoadU(d, saved + 2 * H + k);
    const auto o = hn::LoadU(d, saved + 3 * H + k), squashed = hn::LoadU(d, saved + 4 * H + k);
    const auto gh = hn::LoadU(d, dh + k);
    const auto gc = hn::MulAdd(hn::Mul(gh, o), hn::NegMulAdd(squashed, squashed, one), hn::LoadU(d, dc + k));
    hn::StoreU(hn::Mul(hn::Mul(gc, g), hn::Mul(i, hn::Sub(one, i))), d, d_gates + k);
    hn::StoreU(hn::Mul(hn::Mul(gc, hn::LoadU(d, c_previous + k)), hn::Mul(f, hn::Sub(one, f))), d,
               d_gates + H + k);
    hn::StoreU(hn::Mul(hn::Mul(gc, i), hn::NegMulAdd(g, g, one)), d, d_gates + 2 * H + k);
    hn::StoreU(hn::Mul(hn::Mul(gh, squashed), hn::Mul(o, hn::Sub(one, o))), d, d_gates + 3 * H + k);
    hn::StoreU(hn::Mul(gc, f), d, dc + k);
  });
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(tanh_cell_forward);
HWY_EXPORT(tanh_cell_backward);
HWY_EXPORT(gru_cell_forward);
HWY_EXPORT(gru_cell_backward);
HWY_EXPORT(lstm_cell_forward);
HWY_EXPORT(lstm_cell_backward);

void tanh_cell_forward(int H, const float* input, const float* hidden, const float* bias, float* h) {
  HWY_DYNAMIC_DISPATCH(tanh_cell_forward)(H, input, hidden, bias, h);
}
void tanh_cell_backward(int H, const float* h, const float* dh, float* d_gate) {
  HWY_DYNAMIC_DISPATCH(tanh_cell_backward)(H, h, dh, d_gate);
}
void gru_cell_forward(int H, const float* input, const float* hidden, const float* bias,
                      const float* h_previous, float* saved, float* h) {
  HWY_DYNAMIC_DISPATCH(gru_cell_forward)(H, input, hidden, bias, h_previous, saved, h);
}
void gru_cell_backward(int H, const float* saved, const float* h_previous, const float* dh, float* d_input,
                       float* d_hidden, float* dh_previous) {
  HWY_DYNAMIC_DISPATCH(gru_cell_backward)(H, saved, h_previous, dh, d_input, d_hidden, dh_previous);
}
void lstm_cell_forward(int H, const float* input, const float* hidden, const float* bias,
                       const float* c_previous, float* saved, float* c, float* h) {
  HWY_DYNAMIC_DISPATCH(lstm_cell_forward)(H, input, hidden, bias, c_previous, saved, c, h);
}
void lstm_cell_backward(int H, const float* saved, const float* c_previous, const float* dh, float* dc,
                        float* d_gates) {
  HWY_DYNAMIC_DISPATCH(lstm_cell_backward)(H, saved, c_previous, dh, dc, d_gates);
}

}  // namespace tsd::kernels
#endif
