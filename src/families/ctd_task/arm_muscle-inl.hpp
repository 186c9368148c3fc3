// MuJoCo-Hill muscle curves and their slopes (ctd-task.md 2.5.4), included once per processor target.
#if defined(TSD_CTD_TASK_ARM_MUSCLE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_CTD_TASK_ARM_MUSCLE_INL
#undef TSD_CTD_TASK_ARM_MUSCLE_INL
#else
#define TSD_CTD_TASK_ARM_MUSCLE_INL
#endif

#include <hwy/highway.h>

#include "families/ctd_task/arm.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd_task::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kArmLanes>;
using V = hn::Vec<D>;

HWY_INLINE V all(float x) { return hn::Set(D(), x); }
HWY_INLINE V load(const float* x) { return hn::LoadU(D(), x); }
HWY_INLINE void store(V value, float* x) { hn::StoreU(value, D(), x); }
HWY_INLINE V clamp(V x, float low, float high) { return hn::Min(hn::Max(x, all(low)), all(high)); }

struct Curve {
  V value, slope;
};

// Active force by length: a bump over (0.5, high) with its top at `middle`, of four parabolas.
HWY_INLINE Curve bump(V l, float middle, float high) {
  constexpr float low = 0.5f;
  const float left = 0.5f * (low + middle), right = 0.5f * (middle + high);
  const V one = all(1), half = all(0.5f);
  const auto piece = [&](float from, float scale, bool top) {
    const V x = hn::Mul(hn::Sub(l, all(from)), all(scale)), square = hn::Mul(half, hn::Mul(x, x));
    const V slope = hn::Mul(x, all(scale));
    return top ? Curve{hn::Sub(one, square), hn::Neg(slope)} : Curve{square, slope};
  };
  const Curve rise = piece(low, 1 / (left - low), false), before = piece(middle, 1 / (middle - left), true);
  const Curve after = piece(middle, 1 / (right - middle), true),
              fall = piece(high, 1 / (high - right), false);
  const auto choose = [&](V a, V b, V c, V d) {
    const V inside = hn::IfThenElse(
        hn::Lt(l, all(left)), a,
        hn::IfThenElse(hn::Lt(l, all(middle)), b, hn::IfThenElse(hn::Lt(l, all(right)), c, d)));
    return hn::IfThenElseZero(hn::And(hn::Gt(l, all(low)), hn::Lt(l, all(high))), inside);
  };
  return {choose(rise.value, before.value, after.value, fall.value),
          choose(rise.slope, before.slope, after.slope, fall.slope)};
}

HWY_INLINE Curve force_by_length(V l) {
  const Curve main = bump(l, 1, 1.6f), side = bump(l, 0.725f, 0.95f);
  return {hn::MulAdd(all(0.15f), side.value, main.value), hn::MulAdd(all(0.15f), side.slope, main.slope)};
}

// Negative v: shortening.
HWY_INLINE Curve force_by_velocity(V v) {
  const V zero = all(0), shifted = hn::Add(v, all(1)), short_of = hn::Sub(all(0.2f), v);
  const V lengthening = hn::NegMulAdd(hn::Mul(short_of, short_of), all(5), all(1.2f));
  const auto shortens = hn::Le(v, zero), plateau = hn::Gt(v, all(0.2f)), stalled = hn::Le(v, all(-1));
  const V value = hn::IfThenElse(shortens, hn::Mul(shifted, shifted), lengthening);
  const V slope = hn::IfThenElse(shortens, hn::Mul(all(2), shifted), hn::Mul(all(10), short_of));
  return {hn::IfThenElse(stalled, zero, hn::IfThenElse(plateau, all(1.2f), value)),
          hn::IfThenElse(hn::Or(stalled, plateau), zero, slope)};
}

// Passive force: a cube up to 1.3 optimal lengths, then straight.
HWY_INLINE Curve passive_force(V l) {
  constexpr float strength = 0.325f, scale = 1 / 0.3f;
  const V x = hn::Mul(hn::Sub(l, all(1)), all(scale)), square = hn::Mul(x, x);
  const V beyond = hn::Mul(hn::Sub(l, all(1.3f)), all(scale));
  const auto slack = hn::Le(l, all(1)), cubic = hn::Le(l, all(1.3f));
  const V value = hn::IfThenElse(cubic, hn::Mul(all(strength), hn::Mul(square, x)),
                                 hn::Mul(all(strength), hn::MulAdd(all(3), beyond, all(1))));
  const V slope =
      hn::IfThenElse(cubic, hn::Mul(all(3 * strength * scale), square), all(3 * strength * scale));
  return {hn::IfThenElse(slack, all(0), value), hn::IfThenElse(slack, all(0), slope)};
}

}  // namespace tsd::ctd_task::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
