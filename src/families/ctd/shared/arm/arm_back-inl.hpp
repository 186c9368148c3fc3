// The way back through a step of the arm; PyTorch's sub-gradients (ctd_task.md 2.5.8). Included once per
// processor target.
#if defined(TSD_CTD_ARM_BACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_CTD_ARM_BACK_INL
#undef TSD_CTD_ARM_BACK_INL
#else
#define TSD_CTD_ARM_BACK_INL
#endif

#include "families/ctd/shared/arm/arm_step-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd::HWY_NAMESPACE {

// Gradient of the joints.
struct JointGradient {
  V q1, q2, v1, v2;

  HWY_INLINE void add_to(NewRows d_state) const {
    d_state.add(kShoulder, q1);
    d_state.add(kElbow, q2);
    d_state.add(kShoulderVelocity, v1);
    d_state.add(kElbowVelocity, v2);
  }
  // Through the length and the lengthening velocity of muscle and tendon.
  HWY_INLINE void add_stretch(const Joints& joints, const Muscle<float>& m, V d_length, V d_stretch) {
    const V arm = joints.elbow_arm(m);
    q1 = hn::MulAdd(d_length, all(m.shoulder), q1);
    q2 = hn::MulAdd(d_length, arm, q2);
    q2 = hn::MulAdd(hn::Mul(d_stretch, joints.v2), all(2 * m.elbow2), q2);
    v1 = hn::MulAdd(d_stretch, all(m.shoulder), v1);
    v2 = hn::MulAdd(d_stretch, arm, v2);
  }
};

// From the hand to the joints of the same state.
HWY_INLINE void hand_back(Rows state, NewRows d_state) {
  const Posture p(state);
  const V dx = d_state[kHand], dy = d_state[kHand + 1];
  d_state.add(kShoulder, hn::NegMulAdd(p.y(), dx, hn::Mul(p.x(), dy)));
  d_state.add(kElbow, times(single(kL2), hn::NegMulAdd(p.s12, dx, hn::Mul(p.c12, dy))));
}

// Through the torques and the inertia.
HWY_INLINE void accelerate_back(const Constants& c, const Stage& stage, Rows state, Rows force, V d1, V d2,
                                NewRows d_state) {
  const Posture& p = stage.p;
  const Acceleration& a = stage.a;
  const V zero = all(0), fx = force[0], fy = force[1];
  JointGradient g{zero, zero, zero, zero};
  const V l1 = a.solve1(d1, d2), l2 = a.solve2(d1, d2);  // the matrix is symmetric
  const V d_m11 = hn::Neg(hn::Mul(l1, a.first));
  const V d_m12 = hn::Neg(hn::MulAdd(l1, a.second, hn::Mul(l2, a.first)));
  const V ks = times(single(kCoupling), p.s2), kc = times(single(kCoupling), p.c2);
  g.q2 = hn::NegMulAdd(ks, hn::MulAdd(all(2), d_m11, d_m12), g.q2);
  const V whirl = hn::Mul(hn::MulAdd(all(2), p.v1, p.v2), p.v2);
  g.q2 = hn::MulAdd(kc, hn::NegMulAdd(l2, square(p.v1), hn::Mul(l1, whirl)), g.q2);
  g.v1 = hn::MulAdd(times(2, ks), hn::NegMulAdd(l2, p.v1, hn::Mul(l1, p.v2)), times(-c.damping, l1));
  g.v2 = hn::MulAdd(times(2, ks), hn::Mul(l1, hn::Add(p.v1, p.v2)), times(-c.damping, l2));
  for (int m = 0; m < kMuscles; ++m) {
    const Muscle<float>& muscle = c.muscles[static_cast<std::size_t>(m)];
    d_state.add(kForce + m, hn::Neg(hn::MulAdd(l1, all(muscle.shoulder), hn::Mul(l2, p.elbow_arm(muscle)))));
    g.q2 = hn::NegMulAdd(hn::Mul(l2, state[kForce + m]), all(2 * muscle.elbow2), g.q2);
  }
  // Of the force at the hand: x and y turn with the shoulder, their forearm parts with the elbow.
  const V turn1 = hn::Neg(hn::MulAdd(p.x(), fx, hn::Mul(p.y(), fy)));
  const V turn2 = times(-single(kL2), hn::MulAdd(p.c12, fx, hn::Mul(p.s12, fy)));
  g.q1 = hn::MulAdd(l1, turn1, hn::Mul(l2, turn2));
  g.q2 = hn::MulAdd(hn::Add(l1, l2), turn2, g.q2);
  g.add_to(d_state);
}

// From the gradient of a state's slopes; adds to those of the state and the command.
template <class M>
HWY_NOINLINE void stage_back(const Constants& c, const Stage& stage, Rows state, Drive drive, const Slopes& d,
                             NewRows d_state, NewRows d_command) {
  accelerate_back(c, stage, state, drive.force, d.first, d.second, d_state);
  for (int m = 0; m < kMuscles; ++m) {
    const V a = state[kActivation + m], command = drive.command[m];
    const Activation x = activate(c, a, command);
    const V per_tau = hn::Div(d.activation[m], x.tau);
    d_state.add(kActivation + m, hn::Neg(hn::MulAdd(hn::Mul(per_tau, x.rate), x.tau_slope, per_tau)));
    const auto within = hn::And(hn::Ge(command, all(c.least)), hn::Le(command, all(1)));
    d_command.add(m, hn::IfThenElseZero(within, per_tau));
    if constexpr (M::kCompliant) {
      const auto v = M::velocity(a, state[kLength + m], state[kActive + m]);
      d_state.add(kActivation + m, hn::Mul(d.fibre[m], v.by_a));
      d_state.add(kLength + m, hn::Mul(d.fibre[m], v.by_l));
      d_state.add(kActive + m, hn::Mul(d.fibre[m], v.by_active));
    }
  }
}

// Gradient of muscle m's new activation, before it is cut.
template <class M>
HWY_INLINE V muscle_back(const Constants& c, int m, V a, const Joints& joints, Rows d_next,
                         JointGradient& g) {
  const Muscle<float>& muscle = c.muscles[static_cast<std::size_t>(m)];
  const Fibre f = fibre(c, joints, muscle);
  const Tension t = M::tension(c, a, f.l, f.v);
  const V dF = times(muscle.strongest, d_next[kForce + m]);
  const V d_l = hn::MulAdd(dF, t.by_l, d_next[kLength + m]),
          d_v = hn::MulAdd(dF, t.by_v, d_next[kVelocity + m]);
  const V above_floor = hn::IfThenElseZero(hn::Ge(f.beyond_tendon, all(c.shortest)), d_l);
  g.add_stretch(joints, muscle, times(muscle.length_scale, above_floor), times(muscle.velocity_scale, d_v));
  return hn::MulAdd(dF, t.by_a, d_next[kActivation + m]);
}
// Adds to the gradient of the fibre's length; gives that of its velocity.
HWY_INLINE V compliant_muscle_back(int m, V l, float dt, const Joints& joints, const Muscle<float>& muscle,
                                   Rows d_next, JointGradient& g, NewRows d_state) {
  constexpr float stiffness = 1 / (0.04f * 0.04f);
  const Pull x = pull(joints, muscle, l);
  const V d_left = hn::IfThenElseZero(hn::Ge(x.left, all(0)), d_next[kActive + m]);
  const V d_tendon = hn::MulAdd(all(muscle.strongest), d_next[kForce + m], d_left);
  const auto below_top = hn::Le(times(stiffness, square(x.strain)), all(1));
  const V d_length =
      hn::IfThenElseZero(below_top, times(2 * stiffness / muscle.tendon, hn::Mul(d_tendon, x.strain)));
  g.add_stretch(joints, muscle, d_length, all(0));
  const V d_l = hn::NegMulAdd(d_left, x.passive_slope,
                              hn::NegMulAdd(all(muscle.optimal), d_length, d_next[kLength + m]));
  d_state.add(kLength + m, d_l);
  return hn::MulAdd(all(dt), d_next[kLength + m], d_next[kVelocity + m]);
}

// Adds to the gradient of the state; gives that of the slopes.
template <class M>
HWY_NOINLINE Slopes integrate_back(const Constants& c, float dt, Rows state, const Slopes& slopes,
                                   Rows d_next, NewRows d_state) {
  const Joints joints(state);
  const Joint shoulder = move(c.limits[0], dt, joints.q1, joints.v1, slopes.first);
  const Joint elbow = move(c.limits[1], dt, joints.q2, joints.v2, slopes.second);
  const V d_v1 = hn::Mul(d_next[kShoulderVelocity], shoulder.v_share);
  const V d_v2 = hn::Mul(d_next[kElbowVelocity], elbow.v_share);
  JointGradient g;
  g.q1 = hn::Mul(d_next[kShoulder], shoulder.q_share), g.q2 = hn::Mul(d_next[kElbow], elbow.q_share);
  g.v1 = hn::MulAdd(all(dt), g.q1, d_v1), g.v2 = hn::MulAdd(all(dt), g.q2, d_v2);
  Slopes d;
  d.first = times(dt, d_v1), d.second = times(dt, d_v2);
  for (int m = 0; m < kMuscles; ++m) {
    const V free = hn::MulAdd(all(dt), slopes.activation[m], state[kActivation + m]);
    V d_a;
    if constexpr (M::kCompliant) {
      d_a = d_next[kActivation + m];
      d.fibre[m] = compliant_muscle_back(m, state[kLength + m], dt, joints,
                                         c.muscles[static_cast<std::size_t>(m)], d_next, g, d_state);
    } else {
      d_a = muscle_back<M>(c, m, clamp(free, c.least, 1), joints, d_next, g);
    }
    const auto within = hn::And(hn::Ge(free, all(c.least)), hn::Le(free, all(1)));
    d_a = hn::IfThenElseZero(within, d_a);
    d_state.add(kActivation + m, d_a);
    d.activation[m] = times(dt, d_a);
  }
  g.add_to(d_state);
  return d;
}

// a + scale b
template <class M>
HWY_INLINE Slopes plus(const Slopes& a, float scale, const Slopes& b) {
  Slopes sum;
  for (int m = 0; m < kMuscles; ++m) {
    sum.activation[m] = hn::MulAdd(all(scale), b.activation[m], a.activation[m]);
    if constexpr (M::kCompliant) sum.fibre[m] = hn::MulAdd(all(scale), b.fibre[m], a.fibre[m]);
  }
  sum.first = hn::MulAdd(all(scale), b.first, a.first);
  sum.second = hn::MulAdd(all(scale), b.second, a.second);
  return sum;
}

template <class M>
HWY_NOINLINE void runge_kutta_back(const Constants& c, float dt, Rows state, Drive drive, Rows d_next,
                                   NewRows d_state, NewRows d_command) {
  Stages<M> s(c, dt, state, drive);
  const Slopes d_mean = integrate_back<M>(c, dt, state, s.mean, d_next, d_state);
  Scratch scratch[3];
  for (Scratch& rows : scratch) rows.zeros();
  Slopes none;
  for (int m = 0; m < kMuscles; ++m) none.activation[m] = none.fibre[m] = all(0);
  none.first = none.second = all(0);
  Slopes d = plus<M>(none, 1.0f / 6, d_mean);
  for (int k = 3; k > 0; --k) {
    const NewRows d_at = scratch[k - 1].rows();
    stage_back<M>(c, s.at[k], s.between[k - 1].rows(), drive, d, d_at, d_command);
    const Rows before = k > 1 ? Rows(s.between[k - 2].rows()) : state;
    const NewRows d_before = k > 1 ? scratch[k - 2].rows() : d_state;
    d = plus<M>(integrate_back<M>(c, k == 3 ? dt : dt / 2, before, s.at[k - 1].slopes, d_at, d_before),
                k > 1 ? 2.0f / 6 : 1.0f / 6, d_mean);
  }
  stage_back<M>(c, s.at[0], state, drive, d, d_state, d_command);
}

// Through one ministep; adds to the gradients of the state and the command.
template <class M>
HWY_INLINE void advance_back(const ArmModel& arm, const Constants& c, float dt, Rows state, Drive drive,
                             Rows d_next, NewRows d_state, NewRows d_command) {
  if (arm.integration_method == Integration::rk4)
    return runge_kutta_back<M>(c, dt, state, drive, d_next, d_state, d_command);
  const Stage stage = stage_at<M>(c, state, drive);
  const Slopes d = integrate_back<M>(c, dt, state, stage.slopes, d_next, d_state);
  stage_back<M>(c, stage, state, drive, d, d_state, d_command);
}

}  // namespace tsd::ctd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
