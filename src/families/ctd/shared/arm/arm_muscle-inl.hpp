// Five muscles, each with its slopes (ctd_task.md 2.5.4 and Appendix B), included once per processor target.
#if defined(TSD_CTD_ARM_MUSCLE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_CTD_ARM_MUSCLE_INL
#undef TSD_CTD_ARM_MUSCLE_INL
#else
#define TSD_CTD_ARM_MUSCLE_INL
#endif

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "families/ctd/shared/arm/arm_facts.hpp"
#include "families/ctd/shared/arm/arm_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd::HWY_NAMESPACE {

using Constants = ArmConstants<float>;

struct Curve {
  V value, slope;
};

HWY_INLINE Curve bump(V l, const Bump<float>& b) {
  const V one = all(1), half = all(0.5f);
  const auto piece = [&](float from, float scale, bool top) {
    const V x = hn::Mul(hn::Sub(l, all(from)), all(scale)), y = hn::Mul(half, hn::Mul(x, x));
    const V slope = hn::Mul(x, all(scale));
    return top ? Curve{hn::Sub(one, y), hn::Neg(slope)} : Curve{y, slope};
  };
  const Curve rise = piece(b.low, b.rise, false), before = piece(b.middle, b.before, true);
  const Curve after = piece(b.middle, b.after, true), fall = piece(b.high, b.fall, false);
  const auto choose = [&](V first, V second, V third, V last) {
    const V inside = hn::IfThenElse(hn::Lt(l, all(b.left)), first,
                                    hn::IfThenElse(hn::Lt(l, all(b.middle)), second,
                                                   hn::IfThenElse(hn::Lt(l, all(b.right)), third, last)));
    return hn::IfThenElseZero(hn::And(hn::Gt(l, all(b.low)), hn::Lt(l, all(b.high))), inside);
  };
  return {choose(rise.value, before.value, after.value, fall.value),
          choose(rise.slope, before.slope, after.slope, fall.slope)};
}

// Force over the strongest, and its slopes by activation, length and velocity. Negative v: shortening.
struct Tension {
  V value, by_a, by_l, by_v;
};
// a FL(l) FV(v) + P(l)
HWY_INLINE Tension hill(V a, const Curve& by_length, const Curve& by_velocity, const Curve& passive) {
  const V active = hn::Mul(by_length.value, by_velocity.value);
  return {hn::MulAdd(a, active, passive.value), active,
          hn::MulAdd(hn::Mul(a, by_velocity.value), by_length.slope, passive.slope),
          hn::Mul(a, hn::Mul(by_length.value, by_velocity.slope))};
}

struct MujocoHill {
  static constexpr bool kCompliant = false;

  static HWY_INLINE Curve by_length(const MujocoShape<float>& shape, V l) {
    const Curve main = bump(l, shape.main), side = bump(l, shape.side);
    return {hn::MulAdd(all(0.15f), side.value, main.value), hn::MulAdd(all(0.15f), side.slope, main.slope)};
  }
  static HWY_INLINE Curve by_velocity(const MujocoShape<float>& shape, V v) {
    const V zero = all(0), most = all(shape.most), top = all(shape.plateau);
    const V shifted = hn::Add(v, all(1)), short_of = hn::Sub(top, v);
    const V lengthening = hn::NegMulAdd(square(short_of), all(shape.per_plateau), most);
    const auto shortens = hn::Le(v, zero), plateau = hn::Gt(v, top), stalled = hn::Le(v, all(-1));
    const V value = hn::IfThenElse(shortens, square(shifted), lengthening);
    const V slope = hn::IfThenElse(shortens, times(2, shifted), times(2 * shape.per_plateau, short_of));
    return {hn::IfThenElse(stalled, zero, hn::IfThenElse(plateau, most, value)),
            hn::IfThenElse(hn::Or(stalled, plateau), zero, slope)};
  }
  // A cube, then straight.
  static HWY_INLINE Curve passive(const MujocoShape<float>& shape, V l) {
    const float strength = shape.passive, scale = shape.per_width;
    const V x = times(scale, hn::Sub(l, all(1))), xx = square(x);
    const V beyond = times(scale, hn::Sub(l, all(shape.bend)));
    const auto slack = hn::Le(l, all(1)), cubic = hn::Le(l, all(shape.bend));
    const V value = hn::IfThenElse(cubic, times(strength, hn::Mul(xx, x)),
                                   times(strength, hn::MulAdd(all(3), beyond, all(1))));
    const V slope = hn::IfThenElse(cubic, times(3 * strength * scale, xx), all(3 * strength * scale));
    return {hn::IfThenElse(slack, all(0), value), hn::IfThenElse(slack, all(0), slope)};
  }
  static HWY_INLINE Tension tension(const Constants& c, V a, V l, V v) {
    return hill(a, by_length(c.mujoco, l), by_velocity(c.mujoco, v), passive(c.mujoco, l));
  }
};

struct Relu {
  static constexpr bool kCompliant = false;
  static HWY_INLINE Tension tension(const Constants&, V a, V, V) { return {a, all(1), all(0), all(0)}; }
};

// Thelen 2003, doi:10.1115/1.1531112
struct Thelen {
  static constexpr bool kCompliant = false;

  static HWY_INLINE Curve by_length(V l) {
    const D d;
    const V x = hn::Sub(l, all(1)), value = hn::Exp(d, times(-1 / 0.45f, square(x)));
    return {value, hn::Mul(times(-2 / 0.45f, x), value)};
  }
  static HWY_INLINE Curve passive(V l) {
    constexpr float steepness = 5 / 0.6f, scale = 1 / (148.4131591f - 1);  // e^5
    const V e = hn::Exp(D(), times(steepness, hn::Sub(l, all(1))));
    const V value = times(scale, hn::Sub(e, all(1)));
    return {hn::Max(value, all(0)), hn::IfThenElseZero(hn::Ge(value, all(0)), times(steepness * scale, e))};
  }
  static HWY_INLINE Tension tension(const Constants&, V a, V l, V v) {
    constexpr float Af = 0.25f, beyond = 0.4f,
                    stiff = 8 * (Af + 1);  // beyond: of the strongest force, 1.4 - 1
    const auto shortens = hn::Le(v, all(0));
    const auto choose = [&](V x, V y) { return hn::IfThenElse(shortens, x, y); };
    const V gain = hn::MulAdd(all(3), a, all(1));  // of both, with activation
    const V top = choose(times(Af, hn::MulAdd(all(4), v, gain)),
                         hn::MulAdd(all((1 + beyond) * stiff), v, times(Af * beyond, gain)));
    const V bottom = choose(hn::NegMulAdd(all(4), v, times(Af, gain)),
                            hn::MulAdd(all(stiff), v, times(Af * beyond, gain)));
    const V value = hn::Div(top, bottom);
    const auto pulls = hn::Ge(value, all(0));
    const V top_by_a = choose(all(3 * Af), all(3 * Af * beyond));  // and so of the bottom
    const V by_v = hn::Div(
        hn::NegMulAdd(value, choose(all(-4), all(stiff)), choose(all(4 * Af), all((1 + beyond) * stiff))),
        bottom);
    const V by_a = hn::Div(hn::NegMulAdd(value, top_by_a, top_by_a), bottom);
    const Curve velocity = {hn::Max(value, all(0)), hn::IfThenElseZero(pulls, by_v)};
    Tension t = hill(a, by_length(l), velocity, passive(l));
    t.by_a = hn::MulAdd(hn::Mul(a, by_length(l).value), hn::IfThenElseZero(pulls, by_a), t.by_a);
    return t;
  }
};

// What the two muscles of Kistemaker et al. 2010, doi:10.1152/jn.00483.2010, share; suffixes a and l: slopes
// by activation and length.
struct Contraction {
  static constexpr float s = 0.001f;
  V arel, arel_l, brel, brel_a;
  V f, f_a, f_l;        // isometric force
  V den, den_a, den_l;  // s - 2 d, d the inverse of the slope at the isometric point
  V p1, p1_a, p1_l;
  V p3, p3_a, p3_l;

  // above: arel follows the force above the optimal length; else below
  HWY_INLINE Contraction(V a, V l, bool above) {
    const V x = hn::Sub(l, all(1)), parabola = hn::NegMulAdd(square(x), all(1 / 0.4356f), all(1));
    const V fl = hn::Max(parabola, all(0.01f));
    const V fl_l = hn::IfThenElseZero(hn::Ge(parabola, all(0.01f)), times(-2 / 0.4356f, x));
    const auto follows = above ? hn::Gt(l, all(1)) : hn::Lt(l, all(1));
    arel = times(0.41f, hn::IfThenElse(follows, fl, all(1)));
    arel_l = times(0.41f, hn::IfThenElseZero(follows, fl_l));
    constexpr float critical = 0.3f, reach = 0.005f - critical;
    const V low = hn::NegMulAdd(all(0.9f / reach), hn::Sub(a, all(critical)), all(1));
    const auto weak = hn::Lt(a, all(critical));
    brel = times(5.2f, hn::IfThenElse(weak, square(low), all(1)));
    brel_a = hn::IfThenElseZero(weak, times(-5.2f * 2 * 0.9f / reach, low));
    f = hn::Mul(a, fl), f_a = fl, f_l = hn::Mul(a, fl_l);
    const V per_a = hn::Div(hn::Add(fl, arel), brel), d = hn::Mul(a, per_a);
    const V d_a = hn::NegMulAdd(hn::Div(d, brel), brel_a, per_a);
    const V d_l = hn::Div(hn::Mul(a, hn::Add(fl_l, arel_l)), brel);
    den = hn::NegMulAdd(all(2), d, all(s)), den_a = times(-2, d_a), den_l = times(-2, d_l);
    p1 = hn::Div(times(-0.5f, f), den);
    p1_a = hn::Div(hn::NegMulAdd(p1, den_a, times(-0.5f, f_a)), den);
    p1_l = hn::Div(hn::NegMulAdd(p1, den_l, times(-0.5f, f_l)), den);
    p3 = times(-1.5f, f), p3_a = times(-1.5f, f_a), p3_l = times(-1.5f, f_l);
  }
  // scale f^2 / den, and its slope where those of f and den are these
  HWY_INLINE V quotient(float scale) const { return hn::Div(times(scale, square(f)), den); }
  HWY_INLINE V quotient_slope(float scale, V f_x, V den_x) const {
    return hn::Div(hn::NegMulAdd(quotient(scale), den_x, times(2 * scale, hn::Mul(f, f_x))), den);
  }
};

// Beyond 1.4 optimal lengths.
HWY_INLINE Curve kistemaker_passive(V l) {
  constexpr float stiffness = 1 / (0.26f * 0.26f);
  const V x = hn::Max(hn::Sub(l, all(1.4f)), all(0));
  return {times(stiffness, square(x)), times(2 * stiffness, x)};
}

struct RigidTendonHill {
  static constexpr bool kCompliant = false;

  static HWY_INLINE Tension tension(const Constants&, V a, V l, V v) {
    const Contraction c(a, l, true);
    constexpr float s = Contraction::s;
    const auto shortens = hn::Lt(v, all(0));
    const V top_shortening = hn::MulAdd(hn::Mul(v, a), c.arel, hn::Mul(c.f, c.brel));
    const V sv = times(s, v), around = hn::Sub(sv, c.p3);  // p1's and v's factor
    const V top_lengthening = hn::Add(hn::MulAdd(c.p1, around, c.quotient(0.25f)), hn::Mul(v, around));
    const V top = hn::IfThenElse(shortens, top_shortening, top_lengthening);
    const V bottom = hn::IfThenElse(shortens, hn::Sub(c.brel, v), hn::Add(c.p1, v));
    const V value = hn::Div(top, bottom);
    const auto pulls = hn::Ge(value, all(0));
    const auto slope = [&](V shortening, V bottom_shortening, V lengthening, V bottom_lengthening) {
      const V t = hn::IfThenElse(shortens, shortening, lengthening),
              b = hn::IfThenElse(shortens, bottom_shortening, bottom_lengthening);
      return hn::IfThenElseZero(pulls, hn::Div(hn::NegMulAdd(value, b, t), bottom));
    };
    const auto lengthening = [&](V p1_x, V p3_x, V f_x, V den_x) {
      return hn::Add(hn::NegMulAdd(hn::Add(c.p1, v), p3_x, hn::Mul(p1_x, around)),
                     c.quotient_slope(0.25f, f_x, den_x));
    };
    const V by_a = slope(hn::MulAdd(v, c.arel, hn::MulAdd(c.f_a, c.brel, hn::Mul(c.f, c.brel_a))), c.brel_a,
                         lengthening(c.p1_a, c.p3_a, c.f_a, c.den_a), c.p1_a);
    const V by_l = slope(hn::MulAdd(hn::Mul(v, a), c.arel_l, hn::Mul(c.f_l, c.brel)), all(0),
                         lengthening(c.p1_l, c.p3_l, c.f_l, c.den_l), c.p1_l);
    const V by_v = slope(hn::Mul(a, c.arel), all(-1), hn::MulAdd(all(s), hn::Add(c.p1, v), around), all(1));
    const Curve passive = kistemaker_passive(l);
    return {hn::Add(hn::Max(value, all(0)), passive.value), by_a, hn::Add(by_l, passive.slope), by_v};
  }
};

// The fibre's velocity follows from the active force that the tendon leaves to it.
struct CompliantTendonHill {
  static constexpr bool kCompliant = true;

  struct Velocity {  // of the fibre, and its slopes
    V value, by_a, by_l, by_active;
  };
  static HWY_INLINE Velocity velocity(V a, V l, V active) {
    const Contraction c(a, l, false);
    constexpr float s = Contraction::s;
    const auto shortens = hn::Lt(active, c.f);
    const V short_of = hn::Sub(active, c.f), bottom = hn::MulAdd(a, c.arel, active);
    const V shortening = hn::Div(hn::Mul(c.brel, short_of), bottom);
    // active^2 + 2 active (s p1 + p3) + (s p1 + p3)^2 - s f^2 / den
    const V sum = hn::MulAdd(all(s), c.p1, hn::Add(c.p3, active));
    const V inner = hn::Add(square(sum), c.quotient(-s));
    const V root = hn::Sqrt(hn::Max(inner, all(0)));
    const V per_root = hn::IfThenElseZero(hn::Gt(root, all(0)), hn::Div(all(0.5f), root));
    const V lengthening =
        times(-0.5f / s, hn::Sub(hn::MulAdd(all(s), c.p1, hn::Neg(hn::Add(active, c.p3))), root));
    const auto slope = [&](V brel_x, V f_x, V arel_x, V p1_x, V p3_x, V den_x) {
      const V top_x = hn::NegMulAdd(c.brel, f_x, hn::Mul(brel_x, short_of));
      const V shortening_x = hn::Div(hn::NegMulAdd(shortening, arel_x, top_x), bottom);
      const V inner_x =
          hn::MulAdd(times(2, sum), hn::MulAdd(all(s), p1_x, p3_x), c.quotient_slope(-s, f_x, den_x));
      const V lengthening_x =
          times(-0.5f / s, hn::NegMulAdd(per_root, inner_x, hn::MulAdd(all(s), p1_x, hn::Neg(p3_x))));
      return hn::IfThenElse(shortens, shortening_x, lengthening_x);
    };
    const V by_active = hn::IfThenElse(shortens, hn::Div(hn::Sub(c.brel, shortening), bottom),
                                       times(0.5f / s, hn::MulAdd(per_root, times(2, sum), all(1))));
    return {hn::IfThenElse(shortens, shortening, lengthening),
            slope(c.brel_a, c.f_a, c.arel, c.p1_a, c.p3_a, c.den_a),
            slope(all(0), c.f_l, hn::Mul(a, c.arel_l), c.p1_l, c.p3_l, c.den_l), by_active};
  }
};

}  // namespace tsd::ctd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
