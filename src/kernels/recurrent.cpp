#include "tsd/kernels/recurrent.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/recurrent.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

void tanh_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias, float* h) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto sum =
        hn::Add(hn::Add(hn::LoadU(d, input + i), hn::LoadU(d, hidden + i)), hn::LoadU(d, bias + i));
    hn::StoreU(tanh_of(d, sum), d, h + i);
  });
}

void tanh_cell_backward(std::size_t H, const float* h, const float* dh, float* d_gate) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto y = hn::LoadU(d, h + i);
    hn::StoreU(hn::Mul(hn::LoadU(d, dh + i), hn::NegMulAdd(y, y, hn::Set(d, 1.0f))), d, d_gate + i);
  });
}

void gru_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
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

void gru_cell_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                       float* d_input, float* d_hidden, float* dh_previous) {
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

void clipped_gru_gates(std::size_t H, const float* input, const float* hidden, const float* bias,
                       const float* h_previous, float* saved, float* reset) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto gate = [&](std::size_t k) {
      return sigmoid_of(d, hn::Add(hn::Add(hn::LoadU(d, input + k * H + i), hn::LoadU(d, hidden + k * H + i)),
                                   hn::LoadU(d, bias + k * H + i)));
    };
    const auto r = gate(1);
    hn::StoreU(gate(0), d, saved + i);
    hn::StoreU(r, d, saved + H + i);
    hn::StoreU(hn::Mul(r, hn::LoadU(d, h_previous + i)), d, reset + i);
  });
}

// Before clipping.
template <class D, class V>
HWY_INLINE V clipped_gru_mix(D, V z, V h, V n) {
  return hn::MulAdd(z, hn::Sub(h, n), n);
}

void clipped_gru_state(std::size_t H, const float* input, const float* candidate, const float* bias,
                       const float* h_previous, float clip, float* saved, float* h) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto n = tanh_of(d, hn::Add(hn::Add(hn::LoadU(d, input + 2 * H + i), hn::LoadU(d, candidate + i)),
                                      hn::LoadU(d, bias + 2 * H + i)));
    const auto mix = clipped_gru_mix(d, hn::LoadU(d, saved + i), hn::LoadU(d, h_previous + i), n);
    hn::StoreU(n, d, saved + 2 * H + i);
    const auto clipped = hn::Min(hn::Max(mix, hn::Set(d, -clip)), hn::Set(d, clip));
    hn::StoreU(keep_nan(d, mix, clipped), d, h + i);
  });
}

void clipped_gru_state_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                                float clip, float* d_input, float* d_gates, float* d_candidate,
                                float* dh_previous) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto one = hn::Set(d, 1.0f);
    const auto z = hn::LoadU(d, saved + i), n = hn::LoadU(d, saved + 2 * H + i);
    const auto h = hn::LoadU(d, h_previous + i);
    const auto inside = hn::Le(hn::Abs(clipped_gru_mix(d, z, h, n)), hn::Set(d, clip));
    const auto g = hn::IfThenElseZero(inside, hn::LoadU(d, dh + i));
    const auto d_z = hn::Mul(hn::Mul(g, hn::Sub(h, n)), hn::Mul(z, hn::Sub(one, z)));
    const auto d_n = hn::Mul(hn::Mul(g, hn::Sub(one, z)), hn::NegMulAdd(n, n, one));
    hn::StoreU(d_z, d, d_input + i);
    hn::StoreU(d_z, d, d_gates + i);
    hn::StoreU(d_n, d, d_input + 2 * H + i);
    hn::StoreU(d_n, d, d_candidate + i);
    hn::StoreU(hn::Mul(g, z), d, dh_previous + i);
  });
}

void clipped_gru_gates_backward(std::size_t H, const float* saved, const float* h_previous,
                                const float* d_reset, float* d_input, float* d_gates, float* dh_previous) {
  for_lanes(H, [&](auto d, std::size_t i) {
    const auto r = hn::LoadU(d, saved + H + i), g = hn::LoadU(d, d_reset + i);
    const auto d_r =
        hn::Mul(hn::Mul(g, hn::LoadU(d, h_previous + i)), hn::Mul(r, hn::Sub(hn::Set(d, 1.0f), r)));
    hn::StoreU(d_r, d, d_input + H + i);
    hn::StoreU(d_r, d, d_gates + H + i);
    hn::StoreU(hn::MulAdd(g, r, hn::LoadU(d, dh_previous + i)), d, dh_previous + i);
  });
}

void lstm_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
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

void lstm_cell_backward(std::size_t H, const float* saved, const float* c_previous, const float* dh,
                        float* dc, float* d_gates) {
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
HWY_EXPORT(clipped_gru_gates);
HWY_EXPORT(clipped_gru_state);
HWY_EXPORT(clipped_gru_state_backward);
HWY_EXPORT(clipped_gru_gates_backward);
HWY_EXPORT(lstm_cell_forward);
HWY_EXPORT(lstm_cell_backward);

void tanh_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias, float* h) {
  HWY_DYNAMIC_DISPATCH(tanh_cell_forward)(H, input, hidden, bias, h);
}
void tanh_cell_backward(std::size_t H, const float* h, const float* dh, float* d_gate) {
  HWY_DYNAMIC_DISPATCH(tanh_cell_backward)(H, h, dh, d_gate);
}
void gru_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
                      const float* h_previous, float* saved, float* h) {
  HWY_DYNAMIC_DISPATCH(gru_cell_forward)(H, input, hidden, bias, h_previous, saved, h);
}
void gru_cell_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                       float* d_input, float* d_hidden, float* dh_previous) {
  HWY_DYNAMIC_DISPATCH(gru_cell_backward)(H, saved, h_previous, dh, d_input, d_hidden, dh_previous);
}
void clipped_gru_gates(std::size_t H, const float* input, const float* hidden, const float* bias,
                       const float* h_previous, float* saved, float* reset) {
  HWY_DYNAMIC_DISPATCH(clipped_gru_gates)(H, input, hidden, bias, h_previous, saved, reset);
}
void clipped_gru_state(std::size_t H, const float* input, const float* candidate, const float* bias,
                       const float* h_previous, float clip, float* saved, float* h) {
  HWY_DYNAMIC_DISPATCH(clipped_gru_state)(H, input, candidate, bias, h_previous, clip, saved, h);
}
void clipped_gru_state_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                                float clip, float* d_input, float* d_gates, float* d_candidate,
                                float* dh_previous) {
  HWY_DYNAMIC_DISPATCH(clipped_gru_state_backward)
  (H, saved, h_previous, dh, clip, d_input, d_gates, d_candidate, dh_previous);
}
void clipped_gru_gates_backward(std::size_t H, const float* saved, const float* h_previous,
                                const float* d_reset, float* d_input, float* d_gates, float* dh_previous) {
  HWY_DYNAMIC_DISPATCH(clipped_gru_gates_backward)
  (H, saved, h_previous, d_reset, d_input, d_gates, dh_previous);
}
void lstm_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
                       const float* c_previous, float* saved, float* c, float* h) {
  HWY_DYNAMIC_DISPATCH(lstm_cell_forward)(H, input, hidden, bias, c_previous, saved, c, h);
}
void lstm_cell_backward(std::size_t H, const float* saved, const float* c_previous, const float* dh,
                        float* dc, float* d_gates) {
  HWY_DYNAMIC_DISPATCH(lstm_cell_backward)(H, saved, c_previous, dh, dc, d_gates);
}

}  // namespace tsd::kernels
#endif
