#include "families/ctd/task/plain/arm.hpp"

#include <cmath>
#include <vector>

#include "families/ctd/shared/arm/arm_facts.hpp"
#include "families/ctd/task/plain/muscle.hpp"

namespace tsd::ctd_task {

using namespace ctd;

using torch::Tensor, torch::where;

namespace {

Tensor row(const Tensor& like, const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble).to(like.options());
}

// A state's time derivatives.
struct Slopes {
  Tensor activation, fibre;  // [B, 6]; fibre: compliant tendons only
  Tensor joints;             // [B, 2], rad/s^2
};

class Body {
 public:
  Body(const ArmModel& model, const Tensor& like)
      : model_(model), set_(constants_of<double>(model)), like_(like.detach()) {}

  bool compliant() const { return model_.muscle == MuscleType::CompliantTendonHillMuscle; }

  TorchArm begin(const Tensor& joints) const {
    TorchArm arm;
    arm.q = joints.narrow(1, 0, 2), arm.v = joints.narrow(1, 2, 2);
    arm.activation = torch::full({joints.size(0), kMuscles}, set_.least, joints.options());
    Slopes still;
    if (compliant()) {
      arm.length = resting_fibre(muscle_length(arm.q));
      still.fibre = fibre_velocity(arm.activation, arm.length, left_to_fibre(arm.length, arm.q));
    }
    set_muscles(arm, arm, arm.activation, still, kArmStep);
    set_hand(arm);
    return arm;
  }

  Slopes slopes(const TorchArm& arm, const Tensor& command, const Tensor& force) const {
    const Tensor u = command.clamp(set_.least, 1), a = arm.activation;
    const Tensor tmp = 0.5 + 1.5 * a, tau = where(u > a, set_.activate * tmp, set_.relax / tmp);
    Slopes k{(u - a) / tau, {}, acceleration(arm, force)};
    if (compliant()) k.fibre = fibre_velocity(a, arm.length, arm.active);
    return k;
  }

  TorchArm integrate(const TorchArm& arm, const Slopes& k, double dt) const {
    TorchArm next;
    set_muscles(next, arm, (arm.activation + dt * k.activation).clamp(set_.least, 1), k, dt);
    const Tensor lower = row(like_, model_.pos_lower_bound), upper = row(like_, model_.pos_upper_bound);
    const Tensor v = torch::minimum(torch::maximum(arm.v + dt * k.joints, row(like_, model_.vel_lower_bound)),
                                    row(like_, model_.vel_upper_bound));
    const Tensor q = arm.q + dt * arm.v;
    const Tensor stops = ((v < 0) & (q <= lower)) | ((v > 0) & (q >= upper));
    next.q = torch::minimum(torch::maximum(q, lower), upper);
    next.v = where(stops, torch::zeros_like(v), v);
    set_hand(next);
    return next;
  }

 private:
  Tensor of_muscles(double Muscle<double>::*fact) const {
    std::vector<double> values;
    for (const auto& muscle : set_.muscles) values.push_back(muscle.*fact);
    return row(like_, values);
  }
  Tensor elbow_arm(const Tensor& q) const {
    return of_muscles(&Muscle<double>::elbow) + 2 * of_muscles(&Muscle<double>::elbow2) * q.narrow(1, 1, 1);
  }
  Tensor muscle_length(const Tensor& q) const {
    const Tensor p1 = q.narrow(1, 0, 1) - kRightAngle, p2 = q.narrow(1, 1, 1);
    return of_muscles(&Muscle<double>::a0) + of_muscles(&Muscle<double>::shoulder) * p1 +
           (of_muscles(&Muscle<double>::elbow) + of_muscles(&Muscle<double>::elbow2) * p2) * p2;
  }

  // Tendon's force at fibre length l, and what it leaves to the active part; over the strongest.
  Tensor tendon_force(const Tensor& l, const Tensor& q) const {
    const Tensor slack = of_muscles(&Muscle<double>::tendon);
    const Tensor length = muscle_length(q) - l * of_muscles(&Muscle<double>::optimal);
    return (((length - slack) / slack).clamp_min(0).square() / (0.04 * 0.04)).clamp_max(1);
  }
  Tensor left_to_fibre(const Tensor& l, const Tensor& q) const {
    return (tendon_force(l, q) - passive_force(l)).clamp_min(0);
  }
  Tensor resting_fibre(const Tensor& length) const {
    const Tensor l0 = of_muscles(&Muscle<double>::optimal), tendon = of_muscles(&Muscle<double>::tendon);
    const double of_fibre = 1 / (0.26 * 0.26), of_tendon = 1 / (0.04 * 0.04);
    const Tensor slack = 1.4 * l0, a = of_fibre * tendon.square(), b = of_tendon * l0.square();
    const Tensor past = length - slack - tendon;
    const Tensor balanced =
        (a * slack - b * (length - tendon) + l0 * tendon * std::sqrt(of_fibre * of_tendon) * past) / (a - b);
    const Tensor loose = where(length < tendon, 0.001 * l0, length - tendon);
    return where(past < 0, loose, balanced) / l0;
  }

  // With the geometry of `before`.
  void set_muscles(TorchArm& arm, const TorchArm& before, const Tensor& activation, const Slopes& k,
                   double dt) const {
    const Tensor strongest = of_muscles(&Muscle<double>::strongest), q = before.q, v = before.v;
    arm.activation = activation;
    if (compliant()) {
      const Tensor l = before.length;
      arm.force = tendon_force(l, q) * strongest;
      arm.active = left_to_fibre(l, q);
      arm.length = l + dt * k.fibre;
      arm.velocity = k.fibre;
      return;
    }
    const Tensor stretch =
        v.narrow(1, 0, 1) * of_muscles(&Muscle<double>::shoulder) + v.narrow(1, 1, 1) * elbow_arm(q);
    arm.length = (muscle_length(q) - of_muscles(&Muscle<double>::tendon)).clamp_min(set_.shortest) *
                 of_muscles(&Muscle<double>::length_scale);
    arm.velocity = stretch * of_muscles(&Muscle<double>::velocity_scale);
    arm.force = tension(model_, activation, arm.length, arm.velocity) * strongest;
  }

  void set_hand(TorchArm& arm) const {
    const Tensor q1 = arm.q.select(1, 0), sum = arm.q.sum(1);
    arm.hand = torch::stack(
        {kL1 * torch::cos(q1) + kL2 * torch::cos(sum), kL1 * torch::sin(q1) + kL2 * torch::sin(sum)}, 1);
  }

  Tensor acceleration(const TorchArm& arm, const Tensor& force) const {
    const Tensor q1 = arm.q.select(1, 0), q2 = arm.q.select(1, 1), sum = q1 + q2;
    const Tensor v1 = arm.v.select(1, 0), v2 = arm.v.select(1, 1);
    const Tensor fx = force.select(1, 0), fy = force.select(1, 1);
    const Tensor c2 = torch::cos(q2), s2 = torch::sin(q2);
    const Tensor m11 = kInertia11 + 2 * kCoupling * c2, m12 = kInertia12 + kCoupling * c2;
    const Tensor determinant = m11 * kInertia12 - m12 * m12;
    Tensor torque1 = -(arm.force * of_muscles(&Muscle<double>::shoulder)).sum(1) - model_.damping * v1,
           torque2 = -(arm.force * elbow_arm(arm.q)).sum(1) - model_.damping * v2;
    torque1 = torque1 + (-kL1 * torch::sin(q1) - kL2 * torch::sin(sum)) * fx +
              (kL1 * torch::cos(q1) + kL2 * torch::cos(sum)) * fy;
    torque2 = torque2 - kL2 * torch::sin(sum) * fx + kL2 * torch::cos(sum) * fy;
    const Tensor r1 = torque1 + kCoupling * s2 * (2 * v1 + v2) * v2, r2 = torque2 - kCoupling * s2 * v1 * v1;
    return torch::stack({(kInertia12 * r1 - m12 * r2) / determinant, (m11 * r2 - m12 * r1) / determinant}, 1);
  }

  const ArmModel& model_;
  ArmConstants<double> set_;
  Tensor like_;
};

Tensor simpson(const Tensor& k1, const Tensor& k2, const Tensor& k3, const Tensor& k4) {
  return k1.defined() ? (k1 + 2 * (k2 + k3) + k4) / 6 : Tensor();
}

}  // namespace

TorchArm arm_at(const ArmModel& model, const Tensor& joints) { return Body(model, joints).begin(joints); }

TorchArm arm_after(const ArmModel& model, const TorchArm& arm, const Tensor& command, const Tensor& force) {
  const Body body(model, arm.q);
  const double dt = kArmStep / model.n_ministeps;
  TorchArm now = arm;
  for (int k = 0; k < model.n_ministeps; ++k) {
    const Slopes k1 = body.slopes(now, command, force);
    if (model.integration_method == Integration::euler) {
      now = body.integrate(now, k1, dt);
      continue;
    }
    // MotorNet's stages: each half step starts where the one before ended.
    const TorchArm second = body.integrate(now, k1, dt / 2);
    const Slopes k2 = body.slopes(second, command, force);
    const TorchArm third = body.integrate(second, k2, dt / 2);
    const Slopes k3 = body.slopes(third, command, force);
    const Slopes k4 = body.slopes(body.integrate(third, k3, dt), command, force);
    now = body.integrate(now,
                         {simpson(k1.activation, k2.activation, k3.activation, k4.activation),
                          simpson(k1.fibre, k2.fibre, k3.fibre, k4.fibre),
                          simpson(k1.joints, k2.joints, k3.joints, k4.joints)},
                         dt);
  }
  return now;
}

}  // namespace tsd::ctd_task
