// The plain arms in double precision against MotorNet. Its constants are single, within 6e-8 of ours, and so
// are forces of up to 1000 N on an inertia of 0.1 kg m^2: 20 steps later that is a few 1e-6 in velocities of
// 1 rad/s.
#include "families/ctd/task/plain/arm.hpp"

#include "arm_courses.hpp"
#include "support/catch.hpp"

namespace tsd::ctd_task {

using namespace ctd;

namespace {

torch::Tensor row(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble).unsqueeze(0);
}

void check(const torch::Tensor& got, const std::vector<double>& expected, double margin) {
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(k);
    CHECK(got[static_cast<std::int64_t>(k)].item<double>() == Approx(expected[k]).epsilon(0).margin(margin));
  }
}

}  // namespace

TEST_CASE("ctd arm: plain courses of five muscles, and their gradients, against MotorNet", "[ctd_task]") {
  for (const ArmCourse& c : arm_courses()) {
    CAPTURE(c.model.muscle, c.model.integration_method, c.model.n_ministeps);
    std::vector<double> values;
    for (int t = 0; t < kCourseSteps; ++t)
      for (int m = 0; m < kMuscles; ++m) values.push_back(course_command(t, m));
    const auto commands =
        torch::tensor(values, torch::kDouble).view({kCourseSteps, kMuscles}).requires_grad_();
    TorchArm arm = arm_at(c.model, row(kCourseStart));
    auto sum = torch::zeros({}, torch::kDouble);
    for (int t = 0; t < kCourseSteps; ++t) {
      arm = arm_after(c.model, arm, commands.narrow(0, t, 1), row(course_force(t)));
      std::vector<double> weights;
      for (int k = 0; k < kObservations; ++k) weights.push_back(course_weight(t, k));
      sum = sum + (torch::cat({arm.hand, arm.length, arm.velocity}, 1) * row(weights)).sum();
    }
    check(torch::cat({arm.q, arm.v}, 1)[0], c.joints, 1e-5);
    check(arm.force[0], c.forces, 2e-4);
    CHECK(sum.item<double>() == Approx(c.sum).margin(5e-6));  // of 280 terms
    sum.backward();
    CHECK(commands.grad().norm().item<double>() == Approx(c.gradient_norm).epsilon(2e-6));
    check(commands.grad()[3], c.gradient_at_3, 2e-6 * c.gradient_norm);
  }
}

}  // namespace tsd::ctd_task
