// Slopes of the arm's state and steps along them (ctd_task.md 2.5.1 to 2.5.6, Appendix B), included once per
// processor target. What a Runge-Kutta step needs several times is not inlined: it would take minutes to
// compile.
#if defined(TSD_CTD_ARM_STEP_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_CTD_ARM_STEP_INL
#undef TSD_CTD_ARM_STEP_INL
#else
#define TSD_CTD_ARM_STEP_INL
#endif

#include "families/ctd/shared/arm/arm_muscle-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd::HWY_NAMESPACE {

constexpr float single(double x) { return static_cast<float>(x); }

struct Joints {
  V q1, q2, v1, v2;

  explicit HWY_INLINE Joints(Rows state)
      : q1(state[kShoulder]), q2(state[kElbow]), v1(state[kShoulderVelocity]), v2(state[kElbowVelocity]) {}
  HWY_INLINE V elbow_arm(const Muscle<float>& m) const {
    return hn::MulAdd(all(2 * m.elbow2), q2, all(m.elbow));
  }
  HWY_INLINE V length(const Muscle<float>& m) const {  // of muscle and tendon, m
    const V shoulder = times(m.shoulder, hn::Sub(q1, all(single(kRightAngle))));
    const V elbow = hn::Mul(hn::MulAdd(all(m.elbow2), q2, all(m.elbow)), q2);
    return hn::Add(all(m.a0), hn::Add(shoulder, elbow));
  }
  HWY_INLINE V stretch(const Muscle<float>& m) const {  // m/s
    return hn::MulAdd(v1, all(m.shoulder), hn::Mul(v2, elbow_arm(m)));
  }
};

struct Posture : Joints {
  V s1, c1, s2, c2, s12, c12;

  explicit HWY_INLINE Posture(Rows state) : Joints(state) {
    const D d;
    const V sum = hn::Add(q1, q2);
    s1 = hn::Sin(d, q1), c1 = hn::Cos(d, q1);
    s2 = hn::Sin(d, q2), c2 = hn::Cos(d, q2);
    s12 = hn::Sin(d, sum), c12 = hn::Cos(d, sum);
  }
  HWY_INLINE V x() const { return hn::MulAdd(all(single(kL1)), c1, times(single(kL2), c12)); }
  HWY_INLINE V y() const { return hn::MulAdd(all(single(kL1)), s1, times(single(kL2), s12)); }
};

// What acts during a step.
struct Drive {
  Rows command, force;
};

struct Activation {
  V tau, tau_slope, rate;  // rate: of the activation, 1/s
};
HWY_INLINE Activation activate(const Constants& c, V a, V command) {
  const V u = clamp(command, c.least, 1), tmp = hn::MulAdd(all(1.5f), a, all(0.5f));
  const auto rises = hn::Gt(u, a);
  const V relax = hn::Div(all(c.relax), tmp);
  Activation x;
  x.tau = hn::IfThenElse(rises, times(c.activate, tmp), relax);
  x.tau_slope = hn::IfThenElse(rises, all(c.activate * 1.5f), times(-1.5f, hn::Div(relax, tmp)));
  x.rate = hn::Div(hn::Sub(u, a), x.tau);
  return x;
}

struct Acceleration {
  V first, second;          // of shoulder and elbow
  V m11, m12, determinant;  // of the inertia matrix
  HWY_INLINE V solve1(V a, V b) const {
    return hn::Div(hn::NegMulAdd(m12, b, times(single(kInertia12), a)), determinant);
  }
  HWY_INLINE V solve2(V a, V b) const { return hn::Div(hn::NegMulAdd(m12, a, hn::Mul(m11, b)), determinant); }
};
HWY_INLINE Acceleration accelerate(const Constants& c, const Posture& p, Rows state, Rows force) {
  const V fx = force[0], fy = force[1];
  V torque1 = times(-c.damping, p.v1), torque2 = times(-c.damping, p.v2);
  for (int m = 0; m < kMuscles; ++m) {
    const Muscle<float>& muscle = c.muscles[static_cast<std::size_t>(m)];
    const V F = state[kForce + m];
    torque1 = hn::MulAdd(F, all(-muscle.shoulder), torque1);
    torque2 = hn::NegMulAdd(F, p.elbow_arm(muscle), torque2);
  }
  torque1 = hn::Add(torque1, hn::NegMulAdd(p.y(), fx, hn::Mul(p.x(), fy)));
  torque2 = hn::Add(torque2, times(single(kL2), hn::NegMulAdd(p.s12, fx, hn::Mul(p.c12, fy))));
  const V ks = times(single(kCoupling), p.s2);
  const V rhs1 = hn::MulAdd(ks, hn::Mul(hn::MulAdd(all(2), p.v1, p.v2), p.v2), torque1);
  const V rhs2 = hn::NegMulAdd(ks, square(p.v1), torque2);
  Acceleration a;
  a.m11 = hn::MulAdd(all(single(2 * kCoupling)), p.c2, all(single(kInertia11)));
  a.m12 = hn::MulAdd(all(single(kCoupling)), p.c2, all(single(kInertia12)));
  a.determinant = hn::NegMulAdd(a.m12, a.m12, times(single(kInertia12), a.m11));
  a.first = a.solve1(rhs1, rhs2);
  a.second = a.solve2(rhs1, rhs2);
  return a;
}

// Time derivatives of a state; of the fibres where tendons are compliant.
struct Slopes {
  V activation[kMuscles], fibre[kMuscles], first, second;
};
// A state's slopes, and what they came from.
struct Stage {
  Posture p;
  Acceleration a;
  Slopes slopes;
};
template <class M>
HWY_NOINLINE Stage stage_at(const Constants& c, Rows state, Drive drive) {
  const Posture p(state);
  Stage s{p, accelerate(c, p, state, drive.force), {}};
  s.slopes.first = s.a.first, s.slopes.second = s.a.second;
  for (int m = 0; m < kMuscles; ++m) {
    const V a = state[kActivation + m];
    s.slopes.activation[m] = activate(c, a, drive.command[m]).rate;
    if constexpr (M::kCompliant)
      s.slopes.fibre[m] = M::velocity(a, state[kLength + m], state[kActive + m]).value;
  }
  return s;
}

// One joint after a step.
struct Joint {
  V q, v;              // within limits
  V q_share, v_share;  // of their gradients that pass: 1, 0, or 1/2 where a limit is met exactly
};
HWY_INLINE V share(V x, V low, V high) {
  const auto on = hn::Or(hn::Eq(x, low), hn::Eq(x, high));
  const auto inside = hn::And(hn::Gt(x, low), hn::Lt(x, high));
  return hn::IfThenElse(on, all(0.5f), hn::IfThenElseZero(inside, all(1)));
}
HWY_INLINE Joint move(const Constants::Limits& limits, float dt, V q, V v, V acceleration) {
  const V zero = all(0), low = all(limits.low), high = all(limits.high);
  const V q_free = hn::MulAdd(all(dt), v, q), v_free = hn::MulAdd(all(dt), acceleration, v);
  const V v_cut = clamp(v_free, limits.slowest, limits.fastest);
  const auto stops = hn::Or(hn::And(hn::Lt(v_cut, zero), hn::Le(q_free, low)),
                            hn::And(hn::Gt(v_cut, zero), hn::Ge(q_free, high)));
  Joint joint;
  joint.v = hn::IfThenElse(stops, zero, v_cut);
  joint.q = clamp(q_free, limits.low, limits.high);
  joint.q_share = share(q_free, low, high);
  joint.v_share = hn::IfThenElse(stops, zero, share(v_free, all(limits.slowest), all(limits.fastest)));
  return joint;
}

struct Fibre {
  V l, v;           // normalised
  V beyond_tendon;  // length before its floor, m
};
HWY_INLINE Fibre fibre(const Constants& c, const Joints& joints, const Muscle<float>& m) {
  const V beyond_tendon = hn::Sub(joints.length(m), all(m.tendon));
  return {times(m.length_scale, hn::Max(beyond_tendon, all(c.shortest))),
          times(m.velocity_scale, joints.stretch(m)), beyond_tendon};
}

// Forces in a compliant muscle with its fibre at length l, over the strongest.
struct Pull {
  V strain, tendon, passive_slope, left;  // left: to the active part, before it is cut at 0
};
HWY_INLINE Pull pull(const Joints& joints, const Muscle<float>& m, V l) {
  constexpr float stiffness = 1 / (0.04f * 0.04f);
  const V tendon = hn::NegMulAdd(l, all(m.optimal), joints.length(m));
  Pull x;
  x.strain = hn::Max(times(1 / m.tendon, hn::Sub(tendon, all(m.tendon))), all(0));
  x.tendon = hn::Min(times(stiffness, square(x.strain)), all(1));
  const Curve passive = kistemaker_passive(l);
  x.passive_slope = passive.slope;
  x.left = hn::Sub(x.tendon, passive.value);
  return x;
}

// Muscle m at its new activation a; its geometry is that of the joints before the step.
template <class M>
HWY_INLINE void set_muscle(const Constants& c, int m, V a, const Joints& joints, NewRows next) {
  const Muscle<float>& muscle = c.muscles[static_cast<std::size_t>(m)];
  const Fibre f = fibre(c, joints, muscle);
  next.set(kActivation + m, a);
  next.set(kForce + m, times(muscle.strongest, M::tension(c, a, f.l, f.v).value));
  next.set(kLength + m, f.l);
  next.set(kVelocity + m, f.v);
}
// The same with a fibre that moves from length l at velocity v.
HWY_INLINE void set_compliant_muscle(int m, V a, V l, V v, float dt, const Joints& joints,
                                     const Muscle<float>& muscle, NewRows next) {
  const Pull x = pull(joints, muscle, l);
  next.set(kActivation + m, a);
  next.set(kForce + m, times(muscle.strongest, x.tendon));
  next.set(kLength + m, hn::MulAdd(all(dt), v, l));
  next.set(kVelocity + m, v);
  next.set(kActive + m, hn::Max(x.left, all(0)));
}

// From `state` along the slopes for dt seconds; the hand is left out.
template <class M>
HWY_NOINLINE void integrate(const Constants& c, float dt, Rows state, const Slopes& slopes, NewRows next) {
  const Joints joints(state);
  for (int m = 0; m < kMuscles; ++m) {
    const V a = clamp(hn::MulAdd(all(dt), slopes.activation[m], state[kActivation + m]), c.least, 1);
    if constexpr (M::kCompliant)
      set_compliant_muscle(m, a, state[kLength + m], slopes.fibre[m], dt, joints,
                           c.muscles[static_cast<std::size_t>(m)], next);
    else
      set_muscle<M>(c, m, a, joints, next);
  }
  const Joint shoulder = move(c.limits[0], dt, joints.q1, joints.v1, slopes.first);
  const Joint elbow = move(c.limits[1], dt, joints.q2, joints.v2, slopes.second);
  next.set(kShoulder, shoulder.q);
  next.set(kElbow, elbow.q);
  next.set(kShoulderVelocity, shoulder.v);
  next.set(kElbowVelocity, elbow.v);
}

struct Scratch {
  HWY_ALIGN float values[kArmRows * kArmLanes];
  HWY_INLINE NewRows rows() { return {values, kArmLanes}; }
  HWY_INLINE NewRows zeros() {
    for (float& value : values) value = 0;
    return rows();
  }
};

// (k1 + 2 k2 + 2 k3 + k4) / 6
HWY_INLINE V simpson(V k1, V k2, V k3, V k4) {
  return times(1.0f / 6, hn::Add(hn::MulAdd(all(2), hn::Add(k2, k3), k1), k4));
}
template <class M>
HWY_INLINE Slopes simpson(const Slopes& k1, const Slopes& k2, const Slopes& k3, const Slopes& k4) {
  Slopes mean;
  for (int m = 0; m < kMuscles; ++m) {
    mean.activation[m] = simpson(k1.activation[m], k2.activation[m], k3.activation[m], k4.activation[m]);
    if constexpr (M::kCompliant) mean.fibre[m] = simpson(k1.fibre[m], k2.fibre[m], k3.fibre[m], k4.fibre[m]);
  }
  mean.first = simpson(k1.first, k2.first, k3.first, k4.first);
  mean.second = simpson(k1.second, k2.second, k3.second, k4.second);
  return mean;
}

// MotorNet's Runge-Kutta stages: each half step starts where the one before ended.
template <class M>
struct Stages {
  Scratch between[3];
  Stage at[4];
  Slopes mean;

  HWY_INLINE Stages(const Constants& c, float dt, Rows state, Drive drive)
      : at{stage_at<M>(c, state, drive), to(c, 0, dt / 2, state, drive),
           to(c, 1, dt / 2, between[0].rows(), drive), to(c, 2, dt, between[1].rows(), drive)},
        mean(simpson<M>(at[0].slopes, at[1].slopes, at[2].slopes, at[3].slopes)) {}

 private:
  HWY_INLINE Stage to(const Constants& c, int k, float dt, Rows from, Drive drive) {
    integrate<M>(c, dt, from, at[k].slopes, between[k].rows());
    return stage_at<M>(c, between[k].rows(), drive);
  }
};

template <class M>
HWY_INLINE void advance(const ArmModel& arm, const Constants& c, float dt, Rows state, Drive drive,
                        NewRows next) {
  if (arm.integration_method == Integration::euler)
    integrate<M>(c, dt, state, stage_at<M>(c, state, drive).slopes, next);
  else
    integrate<M>(c, dt, state, Stages<M>(c, dt, state, drive).mean, next);
}

// States between the ministeps of one step, one lane group each.
inline std::size_t chain_size(const ArmModel& arm) {
  return static_cast<std::size_t>(arm.n_ministeps - 1) * kArmRows * kArmLanes;
}
// Before ministep k > 0.
HWY_INLINE NewRows link(float* chain, int k) {
  return {chain + static_cast<std::ptrdiff_t>(k - 1) * kArmRows * kArmLanes, kArmLanes};
}
// All but the last ministep; gives the state before that.
template <class M>
HWY_INLINE Rows run_chain(const ArmModel& arm, const Constants& c, float dt, Rows state, Drive drive,
                          float* chain) {
  for (int k = 1; k < arm.n_ministeps; ++k) {
    advance<M>(arm, c, dt, state, drive, link(chain, k));
    state = link(chain, k);
  }
  return state;
}

HWY_INLINE void set_hand(NewRows state) {
  const Posture p{Rows(state)};
  state.set(kHand, p.x());
  state.set(kHand + 1, p.y());
}

// Where a compliant fibre rests at this length of muscle and tendon, in optimal lengths.
HWY_INLINE V resting_fibre(const Muscle<float>& m, V length) {
  const float l0 = m.optimal, slack = 1.4f * l0;
  const float of_fibre = 1 / (0.26f * 0.26f), of_tendon = 1 / (0.04f * 0.04f);
  const float a = of_fibre * m.tendon * m.tendon, b = of_tendon * l0 * l0;
  const float c = l0 * m.tendon * std::sqrt(of_fibre * of_tendon);
  const V past = hn::Sub(length, all(m.tendon + slack));  // where both are stretched
  const V balanced =
      times(1 / (a - b),
            hn::MulAdd(all(c), past, hn::NegMulAdd(all(b), hn::Sub(length, all(m.tendon)), all(a * slack))));
  const V loose =
      hn::IfThenElse(hn::Lt(length, all(m.tendon)), all(0.001f * l0), hn::Sub(length, all(m.tendon)));
  return times(1 / l0, hn::IfThenElse(hn::Lt(past, all(0)), loose, balanced));
}

// From the joints, with the least activation. A compliant fibre has moved for a step already.
template <class M>
HWY_INLINE void begin(const Constants& c, NewRows state) {
  const Joints joints{Rows(state)};
  for (int m = 0; m < kMuscles; ++m) {
    const V a = all(c.least);
    if constexpr (M::kCompliant) {
      const Muscle<float>& muscle = c.muscles[static_cast<std::size_t>(m)];
      const V l = resting_fibre(muscle, joints.length(muscle));
      const V active = hn::Max(pull(joints, muscle, l).left, all(0));
      set_compliant_muscle(m, a, l, M::velocity(a, l, active).value, single(kArmStep), joints, muscle, state);
    } else {
      set_muscle<M>(c, m, a, joints, state);
    }
  }
  set_hand(state);
}

}  // namespace tsd::ctd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
