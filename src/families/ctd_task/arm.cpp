#include "families/ctd_task/arm.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "families/ctd_task/arm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "families/ctd_task/arm_muscle-inl.hpp"

#ifndef TSD_CTD_TASK_ARM_CONSTANTS
#define TSD_CTD_TASK_ARM_CONSTANTS
namespace tsd::ctd_task {

constexpr float kStep = static_cast<float>(kArmStep);
constexpr float kL1 = 0.309f, kL2 = 0.333f;  // m
constexpr double kM1 = 1.82, kM2 = 1.43, kC1 = 0.135, kC2 = 0.165, kI1 = 0.051, kI2 = 0.057;
constexpr double kLong1 = 0.309;
constexpr float kInertia11 =
    static_cast<float>(kM1 * kC1 * kC1 + kI1 + kM2 * (kC2 * kC2 + kLong1 * kLong1) + kI2);
constexpr float kInertia12 = static_cast<float>(kM2 * kC2 * kC2 + kI2);
constexpr float kCoupling = static_cast<float>(kM2 * kLong1 * kC2);
constexpr float kRightAngle = static_cast<float>(std::numbers::pi / 2);
constexpr float kUpper[2] = {static_cast<float>(135 * std::numbers::pi / 180),
                             static_cast<float>(155 * std::numbers::pi / 180)};
constexpr float kFastest = 1000;                    // rad/s
constexpr float kActivate = 0.01f, kRelax = 0.04f;  // s
constexpr float kVelocityScale = static_cast<float>(1 / 1.5), kShortest = 0.001f;

struct MuscleFacts {
  float a0, shoulder, elbow, elbow2;  // of length and moment arms
  float strongest, tendon, optimal;   // N, m, m
};
constexpr MuscleFacts kFacts[kMuscles] = {
    {0.151f, -0.030f, 0, 0, 838, 0.039f, 0.134f},                // pectoralis
    {0.2322f, 0.030f, 0, 0, 1207, 0.066f, 0.140f},               // deltoid
    {0.2859f, 0, -0.014f, -0.0040f, 1422, 0.172f, 0.092f},       // brachioradialis
    {0.2355f, 0, 0.025f, -0.0022f, 1549, 0.187f, 0.093f},        // lateral triceps
    {0.3329f, -0.030f, -0.016f, -0.0057f, 414, 0.204f, 0.137f},  // biceps
    {0.2989f, 0.030f, 0.030f, -0.0032f, 603, 0.217f, 0.127f},    // long triceps
};

}  // namespace tsd::ctd_task
#endif

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd_task::HWY_NAMESPACE {

HWY_INLINE V times(float a, V b) { return hn::Mul(all(a), b); }

// A posture and what follows from it alone.
struct Posture {
  V q1, q2, v1, v2;
  V s1, c1, s2, c2, s12, c12;

  HWY_INLINE Posture(V shoulder, V elbow, V shoulder_velocity, V elbow_velocity)
      : q1(shoulder), q2(elbow), v1(shoulder_velocity), v2(elbow_velocity) {
    const D d;
    const V sum = hn::Add(q1, q2);
    s1 = hn::Sin(d, q1), c1 = hn::Cos(d, q1);
    s2 = hn::Sin(d, q2), c2 = hn::Cos(d, q2);
    s12 = hn::Sin(d, sum), c12 = hn::Cos(d, sum);
  }
  HWY_INLINE V x() const { return hn::MulAdd(all(kL1), c1, times(kL2, c12)); }
  HWY_INLINE V y() const { return hn::MulAdd(all(kL1), s1, times(kL2, s12)); }
  HWY_INLINE V elbow_arm(const MuscleFacts& m) const {
    return hn::MulAdd(all(2 * m.elbow2), q2, all(m.elbow));
  }
  HWY_INLINE V length(const MuscleFacts& m) const {  // of muscle and tendon
    const V shoulder = times(m.shoulder, hn::Sub(q1, all(kRightAngle)));
    const V elbow = hn::Mul(hn::MulAdd(all(m.elbow2), q2, all(m.elbow)), q2);
    return hn::Add(all(m.a0), hn::Add(shoulder, elbow));
  }
  HWY_INLINE V stretch(const MuscleFacts& m) const {  // m/s
    return hn::MulAdd(v1, all(m.shoulder), hn::Mul(v2, elbow_arm(m)));
  }
};

struct Fibre {
  V l, v;       // normalised
  V stretched;  // length above its floor, before normalisation
};
HWY_INLINE Fibre fibre(const Posture& p, const MuscleFacts& m) {
  const V beyond_tendon = hn::Sub(p.length(m), all(m.tendon));
  return {times(1 / m.optimal, hn::Max(beyond_tendon, all(kShortest))), times(kVelocityScale, p.stretch(m)),
          beyond_tendon};
}

struct Activation {
  V u, tau, tau_slope, rate, next;  // rate: da/dt; next: before it is cut to [0, 1]
};
HWY_INLINE Activation activate(V a, V command) {
  Activation x;
  x.u = clamp(command, 0, 1);
  const V tmp = hn::MulAdd(all(1.5f), a, all(0.5f));
  const auto rises = hn::Gt(x.u, a);
  const V relax = hn::Div(all(kRelax), tmp);
  x.tau = hn::IfThenElse(rises, times(kActivate, tmp), relax);
  x.tau_slope = hn::IfThenElse(rises, all(kActivate * 1.5f), times(-1.5f, hn::Div(relax, tmp)));
  x.rate = hn::Div(hn::Sub(x.u, a), x.tau);
  x.next = hn::MulAdd(all(kStep), x.rate, a);
  return x;
}

struct Acceleration {
  V first, second;          // of shoulder and elbow
  V m11, m12, determinant;  // of the inertia matrix
  HWY_INLINE V solve1(V a, V b) const {
    return hn::Div(hn::NegMulAdd(m12, b, times(kInertia12, a)), determinant);
  }
  HWY_INLINE V solve2(V a, V b) const { return hn::Div(hn::NegMulAdd(m12, a, hn::Mul(m11, b)), determinant); }
};
// F: of the six muscles, rows of `stride`.
HWY_INLINE Acceleration accelerate(const Posture& p, const float* F, std::ptrdiff_t stride, V fx, V fy) {
  V torque1 = all(0), torque2 = all(0);
  for (int m = 0; m < kMuscles; ++m) {
    const V force = load(F + m * stride);
    torque1 = hn::MulAdd(force, all(-kFacts[m].shoulder), torque1);
    torque2 = hn::NegMulAdd(force, p.elbow_arm(kFacts[m]), torque2);
  }
  torque1 = hn::Add(torque1, hn::NegMulAdd(p.y(), fx, hn::Mul(p.x(), fy)));
  torque2 = hn::Add(torque2, times(kL2, hn::NegMulAdd(p.s12, fx, hn::Mul(p.c12, fy))));
  const V ks = times(kCoupling, p.s2);
  const V rhs1 = hn::MulAdd(ks, hn::Mul(hn::MulAdd(all(2), p.v1, p.v2), p.v2), torque1);
  const V rhs2 = hn::NegMulAdd(ks, hn::Mul(p.v1, p.v1), torque2);
  Acceleration a;
  a.m11 = hn::MulAdd(all(2 * kCoupling), p.c2, all(kInertia11));
  a.m12 = hn::MulAdd(all(kCoupling), p.c2, all(kInertia12));
  a.determinant = hn::NegMulAdd(a.m12, a.m12, times(kInertia12, a.m11));
  a.first = a.solve1(rhs1, rhs2);
  a.second = a.solve2(rhs1, rhs2);
  return a;
}

// One joint after the step.
struct Joint {
  V q, v;              // within limits
  V q_share, v_share;  // of their gradients that pass: 1, 0, or 1/2 where a limit is met exactly
};
HWY_INLINE V share(V x, V low, V high) {
  const auto on = hn::Or(hn::Eq(x, low), hn::Eq(x, high));
  const auto inside = hn::And(hn::Gt(x, low), hn::Lt(x, high));
  return hn::IfThenElse(on, all(0.5f), hn::IfThenElseZero(inside, all(1)));
}
HWY_INLINE Joint move(V q, V v, V acceleration, float upper) {
  const V low = all(0), high = all(upper);
  const V q_free = hn::MulAdd(all(kStep), v, q), v_free = hn::MulAdd(all(kStep), acceleration, v);
  const V v_cut = clamp(v_free, -kFastest, kFastest);
  const auto stops = hn::Or(hn::And(hn::Lt(v_cut, low), hn::Le(q_free, low)),
                            hn::And(hn::Gt(v_cut, low), hn::Ge(q_free, high)));
  Joint joint;
  joint.v = hn::IfThenElse(stops, low, v_cut);
  joint.q = clamp(q_free, 0, upper);
  joint.q_share = share(q_free, low, high);
  joint.v_share = hn::IfThenElse(stops, low, share(v_free, all(-kFastest), all(kFastest)));
  return joint;
}

HWY_INLINE V force_of(V a, const Fibre& f, const MuscleFacts& m) {
  const V active = hn::Mul(a, hn::Mul(force_by_length(f.l).value, force_by_velocity(f.v).value));
  return times(m.strongest, hn::Add(active, passive_force(f.l).value));
}

HWY_INLINE Posture posture_at(const float* state, std::ptrdiff_t stride) {
  return {load(state), load(state + stride), load(state + 2 * stride), load(state + 3 * stride)};
}

// Muscles at activation a in the posture, into the rows of one state.
HWY_INLINE void set_muscle(int m, V a, const Posture& p, std::ptrdiff_t stride, float* state) {
  const Fibre f = fibre(p, kFacts[m]);
  store(a, state + (kActivation + m) * stride);
  store(force_of(a, f, kFacts[m]), state + (kForce + m) * stride);
  store(f.l, state + (kLength + m) * stride);
  store(f.v, state + (kVelocity + m) * stride);
}

void reset(int width, float* states) {
  const std::ptrdiff_t stride = width;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(D()))) {
    float* state = states + i;
    const Posture p = posture_at(state, stride);
    for (int m = 0; m < kMuscles; ++m) set_muscle(m, all(0), p, stride, state);
    store(p.x(), state + kHand * stride);
    store(p.y(), state + (kHand + 1) * stride);
  }
}

void step(int width, const float* states, const float* commands, const float* forces, float* nexts) {
  const std::ptrdiff_t stride = width;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(D()))) {
    const float *state = states + i, *command = commands + i, *force = forces + i;
    float* next = nexts + i;
    const Posture p = posture_at(state, stride);
    const Acceleration acceleration =
        accelerate(p, state + kForce * stride, stride, load(force), load(force + stride));
    for (int m = 0; m < kMuscles; ++m) {
      const Activation a = activate(load(state + (kActivation + m) * stride), load(command + m * stride));
      set_muscle(m, clamp(a.next, 0, 1), p, stride, next);
    }
    const Joint shoulder = move(p.q1, p.v1, acceleration.first, kUpper[0]);
    const Joint elbow = move(p.q2, p.v2, acceleration.second, kUpper[1]);
    const Posture after(shoulder.q, elbow.q, shoulder.v, elbow.v);
    store(after.q1, next);
    store(after.q2, next + stride);
    store(after.v1, next + 2 * stride);
    store(after.v2, next + 3 * stride);
    store(after.x(), next + kHand * stride);
    store(after.y(), next + (kHand + 1) * stride);
  }
}

// Gradient of the posture before the step.
struct PostureGradient {
  V q1, q2, v1, v2;
};

// Through the torques and the inertia; adds to the gradient of the forces.
HWY_INLINE void accelerate_back(const Posture& p, const Acceleration& a, V d1, V d2, const float* F, V fx,
                                V fy, std::ptrdiff_t stride, PostureGradient& g, float* dF) {
  const V l1 = a.solve1(d1, d2), l2 = a.solve2(d1, d2);  // the matrix is symmetric
  const V d_m11 = hn::Neg(hn::Mul(l1, a.first));
  const V d_m12 = hn::Neg(hn::MulAdd(l1, a.second, hn::Mul(l2, a.first)));
  g.q2 = hn::NegMulAdd(times(kCoupling, p.s2), hn::MulAdd(all(2), d_m11, d_m12), g.q2);
  const V ks = times(kCoupling, p.s2), kc = times(kCoupling, p.c2);
  const V whirl = hn::Mul(hn::MulAdd(all(2), p.v1, p.v2), p.v2), square = hn::Mul(p.v1, p.v1);
  g.q2 = hn::MulAdd(kc, hn::NegMulAdd(l2, square, hn::Mul(l1, whirl)), g.q2);
  g.v1 = hn::MulAdd(times(2, ks), hn::NegMulAdd(l2, p.v1, hn::Mul(l1, p.v2)), g.v1);
  g.v2 = hn::MulAdd(times(2, ks), hn::Mul(l1, hn::Add(p.v1, p.v2)), g.v2);
  for (int m = 0; m < kMuscles; ++m) {
    const V force = load(F + m * stride);
    store(hn::Neg(hn::MulAdd(l1, all(kFacts[m].shoulder), hn::Mul(l2, p.elbow_arm(kFacts[m])))),
          dF + m * stride);
    g.q2 = hn::NegMulAdd(hn::Mul(l2, force), all(2 * kFacts[m].elbow2), g.q2);
  }
  // Of the force at the hand: x and y turn with the shoulder, their forearm parts with the elbow.
  const V turn1 = hn::Neg(hn::MulAdd(p.x(), fx, hn::Mul(p.y(), fy)));
  const V turn2 = times(-kL2, hn::MulAdd(p.c12, fx, hn::Mul(p.s12, fy)));
  g.q1 = hn::MulAdd(l1, turn1, hn::MulAdd(l2, turn2, g.q1));
  g.q2 = hn::MulAdd(hn::Add(l1, l2), turn2, g.q2);
}

// Through the new state of muscle m; d_next at lane i.
HWY_INLINE void muscle_back(int m, const Posture& p, V a, V command, std::ptrdiff_t stride,
                            const float* d_next, PostureGradient& g, float* d_state, float* d_command) {
  const MuscleFacts& facts = kFacts[m];
  const auto at = [&](int row) { return load(d_next + (row + m) * stride); };
  const Activation x = activate(a, command);
  const V next = clamp(x.next, 0, 1);
  const Fibre f = fibre(p, facts);
  const Curve fl = force_by_length(f.l), fv = force_by_velocity(f.v), passive = passive_force(f.l);
  const V dF = times(facts.strongest, at(kForce));
  const V d_l = hn::MulAdd(dF, hn::MulAdd(hn::Mul(next, fv.value), fl.slope, passive.slope), at(kLength));
  const V d_v = hn::MulAdd(dF, hn::Mul(next, hn::Mul(fl.value, fv.slope)), at(kVelocity));
  const V d_next_a = hn::MulAdd(dF, hn::Mul(fl.value, fv.value), at(kActivation));

  const V above_floor = hn::IfThenElseZero(hn::Ge(f.stretched, all(kShortest)), d_l);
  const V d_length = times(1 / facts.optimal, above_floor), d_stretch = times(kVelocityScale, d_v);
  const V arm = p.elbow_arm(facts);
  g.q1 = hn::MulAdd(d_length, all(facts.shoulder), g.q1);
  g.q2 = hn::MulAdd(d_length, arm, g.q2);
  g.q2 = hn::MulAdd(hn::Mul(d_stretch, p.v2), all(2 * facts.elbow2), g.q2);
  g.v1 = hn::MulAdd(d_stretch, all(facts.shoulder), g.v1);
  g.v2 = hn::MulAdd(d_stretch, arm, g.v2);

  const auto within = [](V value) { return hn::And(hn::Ge(value, all(0)), hn::Le(value, all(1))); };
  const V d_a = hn::IfThenElseZero(within(x.next), d_next_a);
  const V per_tau = hn::Div(times(kStep, d_a), x.tau);
  const V slope = hn::MulAdd(x.rate, x.tau_slope, all(1));
  store(hn::NegMulAdd(per_tau, slope, d_a), d_state + (kActivation + m) * stride);
  store(hn::IfThenElseZero(within(command), per_tau), d_command + m * stride);
}

void step_back(int width, const float* states, const float* commands, const float* forces,
               const float* d_nexts, float* d_states, float* d_commands) {
  const std::ptrdiff_t stride = width;
  for (int i = 0; i < width; i += static_cast<int>(hn::Lanes(D()))) {
    const float *state = states + i, *command = commands + i, *force = forces + i, *d_next = d_nexts + i;
    float *d_state = d_states + i, *d_command = d_commands + i;
    const Posture p = posture_at(state, stride);
    const float* F = state + kForce * stride;
    const V fx = load(force), fy = load(force + stride);
    const Acceleration a = accelerate(p, F, stride, fx, fy);
    const Joint shoulder = move(p.q1, p.v1, a.first, kUpper[0]),
                elbow = move(p.q2, p.v2, a.second, kUpper[1]);
    const Posture after(shoulder.q, elbow.q, shoulder.v, elbow.v);

    const V dx = load(d_next + kHand * stride), dy = load(d_next + (kHand + 1) * stride);
    const V turn2 = times(kL2, hn::NegMulAdd(after.s12, dx, hn::Mul(after.c12, dy)));
    const V d_q1 = hn::Add(load(d_next), hn::NegMulAdd(after.y(), dx, hn::Mul(after.x(), dy)));
    const V d_q2 = hn::Add(load(d_next + stride), turn2);
    PostureGradient g;
    g.q1 = hn::Mul(d_q1, shoulder.q_share), g.q2 = hn::Mul(d_q2, elbow.q_share);
    const V d_v1 = hn::Mul(load(d_next + 2 * stride), shoulder.v_share);
    const V d_v2 = hn::Mul(load(d_next + 3 * stride), elbow.v_share);
    g.v1 = hn::MulAdd(all(kStep), g.q1, d_v1), g.v2 = hn::MulAdd(all(kStep), g.q2, d_v2);
    accelerate_back(p, a, times(kStep, d_v1), times(kStep, d_v2), F, fx, fy, stride, g,
                    d_state + kForce * stride);
    for (int m = 0; m < kMuscles; ++m)
      muscle_back(m, p, load(state + (kActivation + m) * stride), load(command + m * stride), stride, d_next,
                  g, d_state, d_command);
    store(g.q1, d_state);
    store(g.q2, d_state + stride);
    store(g.v1, d_state + 2 * stride);
    store(g.v2, d_state + 3 * stride);
    for (int row = kLength; row < kArmRows; ++row) store(all(0), d_state + row * stride);
  }
}

}  // namespace tsd::ctd_task::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::ctd_task {

HWY_EXPORT(reset);
HWY_EXPORT(step);
HWY_EXPORT(step_back);

std::array<float, 2> fingertip(float q1, float q2) {
  return {kL1 * std::cos(q1) + kL2 * std::cos(q1 + q2), kL1 * std::sin(q1) + kL2 * std::sin(q1 + q2)};
}

void arm_reset(int stride, float* state) { HWY_DYNAMIC_DISPATCH(reset)(stride, state); }

void arm_step(int stride, const float* state, const float* command, const float* force, float* next) {
  HWY_DYNAMIC_DISPATCH(step)(stride, state, command, force, next);
}

void arm_step_back(int stride, const float* state, const float* command, const float* force,
                   const float* d_next, float* d_state, float* d_command) {
  HWY_DYNAMIC_DISPATCH(step_back)(stride, state, command, force, d_next, d_state, d_command);
}

}  // namespace tsd::ctd_task
#endif
