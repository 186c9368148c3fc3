#include "families/ctd/task/plain/muscle.hpp"

#include <cmath>

#include "families/ctd/shared/arm/arm_facts.hpp"

namespace tsd::ctd_task {

using namespace ctd;

using torch::Tensor, torch::where;

namespace {

Tensor bump(const Tensor& l, const Bump<double>& b) {
  const auto half_square = [](const Tensor& x) { return 0.5 * x * x; };
  const Tensor rise = half_square((l - b.low) * b.rise), before = 1 - half_square((b.middle - l) * b.before);
  const Tensor after = 1 - half_square((l - b.middle) * b.after), fall = half_square((b.high - l) * b.fall);
  const Tensor inside = where(l < b.left, rise, where(l < b.middle, before, where(l < b.right, after, fall)));
  return where((l <= b.low) | (l >= b.high), torch::zeros_like(l), inside);
}

Tensor mujoco(const ArmModel& arm, const Tensor& a, const Tensor& l, const Tensor& v) {
  const MujocoShape<double> s(arm);
  const Tensor by_length = bump(l, s.main) + 0.15 * bump(l, s.side);
  const Tensor lengthening = s.most - (s.plateau - v).square() * s.per_plateau, zero = torch::zeros_like(v);
  const Tensor moving = where(v <= 0, (v + 1) * (v + 1), lengthening);
  const Tensor by_velocity = where(v <= -1, zero, where(v > s.plateau, zero + s.most, moving));
  const Tensor x = (l - 1) * s.per_width, cubic = s.passive * x * x * x,
               straight = s.passive * (1 + 3 * (l - s.bend) * s.per_width);
  return a * by_length * by_velocity + where(l <= 1, zero, where(l <= s.bend, cubic, straight));
}

Tensor thelen(const Tensor& a, const Tensor& l, const Tensor& v) {
  constexpr double Af = 0.25, most = 1.4, k = 5;
  const Tensor shortening = Af * (3 * a + 4 * v + 1) / (3 * a * Af + Af - 4 * v);
  const Tensor lengthening = (3 * Af * (most - 1) * a + 8 * most * (Af + 1) * v + Af * (most - 1)) /
                             (3 * a * Af * (most - 1) + 8 * (Af + 1) * v + Af * (most - 1));
  const Tensor by_velocity = where(v <= 0, shortening, lengthening).clamp_min(0);
  const Tensor passive = ((torch::exp(k * (l - 1) / 0.6) - 1) / (std::exp(k) - 1)).clamp_min(0);
  return a * torch::exp(-(l - 1).square() / 0.45) * by_velocity + passive;
}

// Kistemaker's quantities. above: arel follows the force above the optimal length; else below.
struct Contraction {
  static constexpr double s = 0.001;
  Tensor arel, brel, f, den, p1, p3;

  Contraction(const Tensor& a, const Tensor& l, bool above) {
    const Tensor fl = (1 - (l - 1).square() / (0.66 * 0.66)).clamp_min(0.01);
    arel = 0.41 * where(above ? l > 1 : l < 1, fl, torch::ones_like(l));
    const Tensor low = 1 - 0.9 * (a - 0.3) / (0.005 - 0.3);
    brel = 5.2 * where(a < 0.3, low.square(), torch::ones_like(a));
    f = fl * a;
    den = s - 2 * a * (fl + arel) / brel;
    p1 = -0.5 * f / den, p3 = -1.5 * f;
  }
};

Tensor kistemaker(const Tensor& a, const Tensor& l, const Tensor& v) {
  const Contraction c(a, l, true);
  const Tensor shortening = (v * a * c.arel + c.f * c.brel) / (c.brel - v);
  const Tensor lengthening =
      (-c.p1 * c.p3 + c.p1 * c.s * v + 0.25 * c.f.square() / c.den - c.p3 * v + c.s * v.square()) /
      (c.p1 + v);
  return where(v < 0, shortening, lengthening).clamp_min(0) + passive_force(l);
}

}  // namespace

Tensor passive_force(const Tensor& l) { return (l - 1.4).clamp_min(0).square() / (0.26 * 0.26); }

Tensor tension(const ArmModel& arm, const Tensor& a, const Tensor& l, const Tensor& v) {
  switch (arm.muscle) {
    case MuscleType::MujocoHillMuscle:
      return mujoco(arm, a, l, v);
    case MuscleType::ReluMuscle:
      return a;
    case MuscleType::RigidTendonHillMuscleThelen:
      return thelen(a, l, v);
    case MuscleType::RigidTendonHillMuscle:
    case MuscleType::CompliantTendonHillMuscle:
      break;
  }
  return kistemaker(a, l, v);
}

Tensor fibre_velocity(const Tensor& a, const Tensor& l, const Tensor& active) {
  const Contraction c(a, l, false);
  const Tensor shortens = active < c.f;
  const Tensor shortening = c.brel * (active - c.f) / (active + a * c.arel);
  const Tensor inner = active.square() + 2 * active * c.p1 * c.s + 2 * active * c.p3 + (c.p1 * c.s).square() +
                       2 * c.p1 * c.p3 * c.s - c.s * c.f.square() / c.den + c.p3.square();
  // 1 where the root is not needed: its slope at 0 has no number
  const Tensor root = where(shortens | (inner <= 0), torch::ones_like(inner), inner).sqrt();
  const Tensor kept = where(inner <= 0, torch::zeros_like(root), root);
  return where(shortens, shortening, (-active + c.p1 * c.s - c.p3 - kept) / (-2 * c.s));
}

}  // namespace tsd::ctd_task
