#include "families/ctd_task/torch_arm.hpp"

#include <numbers>
#include <vector>

namespace tsd::ctd_task {

using torch::Tensor;

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kL1 = 0.309, kL2 = 0.333, kM1 = 1.82, kM2 = 1.43, kC1 = 0.135, kC2 = 0.165, kI1 = 0.051,
                 kI2 = 0.057;

Tensor row(const Tensor& like, std::vector<double> values) {
  return torch::tensor(values, torch::kFloat64).to(like.options());
}
Tensor moment_arm(const Tensor& q, int joint) {
  const Tensor a1 = joint == 0 ? row(q, {-0.030, 0.030, 0, 0, -0.030, 0.030})
                               : row(q, {0, 0, -0.014, 0.025, -0.016, 0.030});
  if (joint == 0) return a1.expand({q.size(0), kMuscles});
  const Tensor a2 = row(q, {0, 0, -0.0040, -0.0022, -0.0057, -0.0032});
  return a1 + 2 * a2 * q.narrow(1, 1, 1);
}
Tensor musculotendon_length(const Tensor& q) {
  const Tensor a0 = row(q, {0.151, 0.2322, 0.2859, 0.2355, 0.3329, 0.2989});
  const Tensor shoulder = row(q, {-0.030, 0.030, 0, 0, -0.030, 0.030});
  const Tensor elbow = row(q, {0, 0, -0.014, 0.025, -0.016, 0.030});
  const Tensor elbow2 = row(q, {0, 0, -0.0040, -0.0022, -0.0057, -0.0032});
  const Tensor p1 = q.narrow(1, 0, 1) - kPi / 2, p2 = q.narrow(1, 1, 1);
  return a0 + shoulder * p1 + (elbow + elbow2 * p2) * p2;
}

Tensor bump(const Tensor& l, double middle, double high) {
  const double low = 0.5, left = 0.5 * (low + middle), right = 0.5 * (middle + high);
  const auto square = [](const Tensor& x) { return 0.5 * x * x; };
  const Tensor rise = square((l - low) / (left - low)), before = 1 - square((middle - l) / (middle - left));
  const Tensor after = 1 - square((l - middle) / (right - middle)),
               fall = square((high - l) / (high - right));
  const Tensor inside =
      torch::where(l < left, rise, torch::where(l < middle, before, torch::where(l < right, after, fall)));
  return torch::where((l <= low) | (l >= high), torch::zeros_like(l), inside);
}

Tensor force_by_velocity(const Tensor& v) {
  const Tensor lengthening = 1.2 - (0.2 - v) * (0.2 - v) / 0.2, zero = torch::zeros_like(v);
  const Tensor moving = torch::where(v <= 0, (v + 1) * (v + 1), lengthening);
  return torch::where(v <= -1, zero, torch::where(v > 0.2, zero + 1.2, moving));
}

Tensor passive_force(const Tensor& l) {
  const Tensor x = (l - 1) / 0.3, cubic = 0.325 * x * x * x, straight = 0.325 * (1 + 3 * (l - 1.3) / 0.3);
  return torch::where(l <= 1, torch::zeros_like(l), torch::where(l <= 1.3, cubic, straight));
}

void set_muscles(TorchArm& arm, const Tensor& activation, const Tensor& q, const Tensor& v) {
  const Tensor tendon = row(q, {0.039, 0.066, 0.172, 0.187, 0.204, 0.217});
  const Tensor optimal = row(q, {0.134, 0.140, 0.092, 0.093, 0.137, 0.127});
  const Tensor strongest = row(q, {838, 1207, 1422, 1549, 414, 603});
  const Tensor stretch = v.narrow(1, 0, 1) * moment_arm(q, 0) + v.narrow(1, 1, 1) * moment_arm(q, 1);
  arm.activation = activation;
  arm.length = (musculotendon_length(q) - tendon).clamp_min(0.001) / optimal;
  arm.velocity = stretch / 1.5;
  const Tensor by_length = bump(arm.length, 1, 1.6) + 0.15 * bump(arm.length, 0.725, 0.95);
  arm.force =
      (activation * by_length * force_by_velocity(arm.velocity) + passive_force(arm.length)) * strongest;
}

void set_joints(TorchArm& arm, const Tensor& q, const Tensor& v) {
  arm.q = q, arm.v = v;
  const Tensor q1 = q.select(1, 0), sum = q.sum(1);
  arm.hand = torch::stack(
      {kL1 * torch::cos(q1) + kL2 * torch::cos(sum), kL1 * torch::sin(q1) + kL2 * torch::sin(sum)}, 1);
}

Tensor acceleration(const TorchArm& arm, const Tensor& force) {
  const Tensor q1 = arm.q.select(1, 0), q2 = arm.q.select(1, 1), sum = q1 + q2;
  const Tensor v1 = arm.v.select(1, 0), v2 = arm.v.select(1, 1);
  const Tensor fx = force.select(1, 0), fy = force.select(1, 1);
  const double k = kM2 * kL1 * kC2, m22 = kM2 * kC2 * kC2 + kI2;
  const Tensor c2 = torch::cos(q2), s2 = torch::sin(q2);
  const Tensor m11 = kM1 * kC1 * kC1 + kI1 + kM2 * (kC2 * kC2 + kL1 * kL1) + kI2 + 2 * k * c2;
  const Tensor m12 = m22 + k * c2, determinant = m11 * m22 - m12 * m12;
  Tensor torque1 = -(arm.force * moment_arm(arm.q, 0)).sum(1),
         torque2 = -(arm.force * moment_arm(arm.q, 1)).sum(1);
  torque1 = torque1 + (-kL1 * torch::sin(q1) - kL2 * torch::sin(sum)) * fx +
            (kL1 * torch::cos(q1) + kL2 * torch::cos(sum)) * fy;
  torque2 = torque2 - kL2 * torch::sin(sum) * fx + kL2 * torch::cos(sum) * fy;
  const Tensor r1 = torque1 + k * s2 * (2 * v1 + v2) * v2, r2 = torque2 - k * s2 * v1 * v1;
  return torch::stack({(m22 * r1 - m12 * r2) / determinant, (m11 * r2 - m12 * r1) / determinant}, 1);
}

}  // namespace

TorchArm arm_at(const Tensor& joints) {
  TorchArm arm;
  set_joints(arm, joints.narrow(1, 0, 2), joints.narrow(1, 2, 2));
  set_muscles(arm, torch::zeros({joints.size(0), kMuscles}, joints.options()), arm.q, arm.v);
  return arm;
}

TorchArm arm_after(const TorchArm& arm, const Tensor& command, const Tensor& force) {
  const Tensor u = command.clamp(0, 1), a = arm.activation;
  const Tensor tmp = 0.5 + 1.5 * a, tau = torch::where(u > a, 0.01 * tmp, 0.04 / tmp);
  const Tensor rate = (u - a) / tau, moved = acceleration(arm, force);
  TorchArm next;
  set_muscles(next, (a + kArmStep * rate).clamp(0, 1), arm.q, arm.v);
  const Tensor upper = row(arm.q, {135 * kPi / 180, 155 * kPi / 180}), lower = torch::zeros_like(upper);
  const Tensor fastest = torch::full_like(upper, 1000);
  const Tensor v = torch::minimum(torch::maximum(arm.v + kArmStep * moved, -fastest), fastest);
  const Tensor q = arm.q + kArmStep * arm.v;
  const Tensor stops = ((v < 0) & (q <= lower)) | ((v > 0) & (q >= upper));
  set_joints(next, torch::minimum(torch::maximum(q, lower), upper),
             torch::where(stops, torch::zeros_like(v), v));
  return next;
}

}  // namespace tsd::ctd_task
