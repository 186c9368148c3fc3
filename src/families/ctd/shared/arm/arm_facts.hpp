// Numbers of the arm and its muscles (ctd_task.md 2.5 and Appendix B).
#pragma once
#include <array>
#include <limits>

#include "families/ctd/shared/arm/arm.hpp"

namespace tsd::ctd {

constexpr double kM1 = 1.82, kM2 = 1.43, kL1 = 0.309, kL2 = 0.333;    // kg, m
constexpr double kC1 = 0.135, kC2 = 0.165, kI1 = 0.051, kI2 = 0.057;  // centres of mass, inertias
constexpr double kInertia11 = kM1 * kC1 * kC1 + kI1 + kM2 * (kC2 * kC2 + kL1 * kL1) + kI2;
constexpr double kInertia12 = kM2 * kC2 * kC2 + kI2, kCoupling = kM2 * kL1 * kC2;
constexpr double kRightAngle = 1.5707963267948966;  // rad

struct MuscleFacts {
  double a0, shoulder, elbow, elbow2;  // of length and moment arms
  double strongest, tendon, optimal;   // N, m, m
};
constexpr MuscleFacts kMuscleFacts[kMuscles] = {
    {0.151, -0.030, 0, 0, 838, 0.039, 0.134},              // pectoralis
    {0.2322, 0.030, 0, 0, 1207, 0.066, 0.140},             // deltoid
    {0.2859, 0, -0.014, -0.0040, 1422, 0.172, 0.092},      // brachioradialis
    {0.2355, 0, 0.025, -0.0022, 1549, 0.187, 0.093},       // lateral triceps
    {0.3329, -0.030, -0.016, -0.0057, 414, 0.204, 0.137},  // biceps
    {0.2989, 0.030, 0.030, -0.0032, 603, 0.217, 0.127},    // long triceps
};

// What a muscle's curves leave open, T: float or double.
template <class T>
struct Muscle {
  T a0, shoulder, elbow, elbow2, strongest;
  T tendon, optimal;               // m
  T length_scale, velocity_scale;  // from m and m/s to what the curves and senses take
};
// Four parabolas over (low, high) with the top, 1, at `middle`.
template <class T>
struct Bump {
  T low, left, middle, right, high;
  T rise, before, after, fall;  // 1 / widths of the parts

  constexpr Bump(T l, T m, T h)
      : low(l),
        left(T(0.5) * (l + m)),
        middle(m),
        right(T(0.5) * (m + h)),
        high(h),
        rise(1 / (left - low)),
        before(1 / (middle - left)),
        after(1 / (right - middle)),
        fall(1 / (high - right)) {}
};
// Of the MuJoCo muscle.
template <class T>
struct MujocoShape {
  Bump<T> main, side;
  T bend, per_width, passive;    // passive force: where its cube becomes straight; 1 / (bend - 1); there
  T most, plateau, per_plateau;  // force while lengthening, from which velocity on; 1 / that

  explicit constexpr MujocoShape(const ArmModel& a)
      : main(T(a.lmin), 1, T(a.lmax)),
        side(T(a.lmin), T(0.5 * (a.lmin + 0.95)), T(0.95)),
        bend(T(0.5 * (1 + a.lmax))),
        per_width(1 / T(0.5 * (1 + a.lmax) - 1)),
        passive(T(a.passive_forces * 0.25 * a.normalized_slack_muscle_length)),
        most(T(a.fvmax)),
        plateau(T(a.fvmax - 1)),
        per_plateau(1 / plateau) {}
};

template <class T>
struct ArmConstants {
  T least, activate, relax, shortest;  // activation, s, s, m
  T damping;                           // N m s / rad
  struct Limits {
    T low, high, slowest, fastest;  // rad, rad/s
  } limits[2];
  MujocoShape<T> mujoco;
  std::array<Muscle<T>, kMuscles> muscles;
};

template <class T>
ArmConstants<T> constants_of(const ArmModel& arm) {
  const MuscleType type = arm.muscle;
  const bool mujoco = type == MuscleType::MujocoHillMuscle, relu = type == MuscleType::ReluMuscle,
             compliant = type == MuscleType::CompliantTendonHillMuscle;
  const double least = mujoco || relu ? 0 : compliant ? 0.01 : 0.001;
  const bool has_floor = mujoco || type == MuscleType::RigidTendonHillMuscleThelen;
  const auto limits = [&](std::size_t joint) -> typename ArmConstants<T>::Limits {
    return {static_cast<T>(arm.pos_lower_bound[joint]), static_cast<T>(arm.pos_upper_bound[joint]),
            static_cast<T>(arm.vel_lower_bound[joint]), static_cast<T>(arm.vel_upper_bound[joint])};
  };
  ArmConstants<T> set{static_cast<T>(arm.min_activation.value_or(least)),
                      static_cast<T>(arm.tau_activation.value_or(mujoco ? 0.01 : 0.015)),
                      static_cast<T>(arm.tau_deactivation.value_or(mujoco ? 0.04 : 0.05)),
                      static_cast<T>(relu        ? std::numeric_limits<float>::lowest()
                                     : has_floor ? 0.001
                                                 : 0),
                      static_cast<T>(arm.damping),
                      {limits(0), limits(1)},
                      MujocoShape<T>(arm),
                      {}};
  for (std::size_t m = 0; m < kMuscles; ++m) {
    MuscleFacts f = kMuscleFacts[m];
    if (compliant && m == 0) f.a0 = 0.182, f.tendon = 0.070;  // longer, against stiffness
    if (compliant && m == 1) f.a0 = 0.2362, f.tendon = 0.070;
    const double per_length = relu ? 1 : 1 / f.optimal;
    const double per_velocity = relu ? 1 : mujoco ? 1 / arm.vmax : 0.1 / f.optimal;
    set.muscles[m] = {
        static_cast<T>(f.a0),      static_cast<T>(f.shoulder),  static_cast<T>(f.elbow),
        static_cast<T>(f.elbow2),  static_cast<T>(f.strongest), static_cast<T>(relu ? 0 : f.tendon),
        static_cast<T>(f.optimal), static_cast<T>(per_length),  static_cast<T>(per_velocity)};
  }
  return set;
}

}  // namespace tsd::ctd
