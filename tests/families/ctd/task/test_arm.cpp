// ctd_task.md 11.5: trajectories in double precision; float32 stays within 1e-6 for 40 steps and 5e-6 for
// 100.
#include "families/ctd/shared/arm/arm.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "arm_courses.hpp"
#include "support/catch.hpp"

namespace tsd::ctd_task {

using namespace ctd;

namespace {

constexpr double kDegree = std::numbers::pi / 180;

class Arm {
 public:
  Arm(double shoulder, double elbow) : state_(kArmRows * kArmLanes), next_(state_) {
    for (int i = 0; i < kArmLanes; ++i) {
      state_[static_cast<std::size_t>(i)] = static_cast<float>(shoulder);
      state_[static_cast<std::size_t>(kArmLanes + i)] = static_cast<float>(elbow);
    }
    arm_reset({}, kArmLanes, state_.data());
  }
  void step(const std::vector<float>& command, float fx, float fy) {
    std::vector<float> commands, forces;
    for (const float c : command) commands.insert(commands.end(), kArmLanes, c);
    for (const float f : {fx, fy}) forces.insert(forces.end(), kArmLanes, f);
    arm_step({}, kArmLanes, state_.data(), commands.data(), forces.data(), next_.data());
    state_.swap(next_);
  }
  double operator[](int row) const { return state_[static_cast<std::size_t>(row * kArmLanes + 3)]; }

 private:
  std::vector<float> state_, next_;
};

void check(const Arm& arm, int first, const std::vector<double>& expected, double margin) {
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(first, k);
    CHECK(arm[first + static_cast<int>(k)] == Approx(expected[k]).margin(margin));
  }
}

}  // namespace

TEST_CASE("ctd arm: a stored state of the reference", "[ctd_task]") {
  const Arm arm(0.9077939987, 0.8071181774);
  check(arm, kHand, {0.1423605084, 0.5730855465}, 3e-7);
  const double optimal[] = {0.134, 0.140, 0.092, 0.093, 0.137, 0.127};
  const double lengths[] = {0.1318900585, 0.1463099271, 0.0999945775,
                            0.0672447681, 0.1321629584, 0.0841388851};
  for (int m = 0; m < kMuscles; ++m) CHECK(arm[kLength + m] * optimal[m] == Approx(lengths[m]).margin(3e-7));
  check(arm, kForce, {0, 1.3301951}, 1e-4);  // a cube of the small difference between two lengths
  CHECK(arm[kForce + 2] == Approx(11.2316341).margin(1e-3));
  check(arm, kForce + 3, {0, 0, 0}, 0);
}

TEST_CASE("ctd arm: an open-loop course, to the elbow's limit and back", "[ctd_task]") {
  Arm arm(60 * kDegree, 90 * kDegree);
  check(arm, kHand, {-0.13388646, 0.43410185}, 1e-7);
  check(arm, kLength, {0.953045, 1.07494, 0.891731, 0.885394, 0.769424, 0.830081}, 1e-5);
  CHECK(arm[kForce + 1] == Approx(6.11536).margin(1e-3));

  const std::vector<float> command = {0.06f, 0.05f, 0.05f, 0.04f, 0.06f, 0.02f};
  auto run_to = [&, done = 0](int last) mutable {
    for (int step = done + 1; step <= last; ++step) {
      const bool pushed = step >= 21 && step <= 40;
      arm.step(command, pushed ? 2.0f : 0.0f, pushed ? -3.0f : 0.0f);
    }
    done = last;
  };
  run_to(1);
  check(arm, kShoulder, {1.04719755, 1.57079633, -0.00831240442, 0.00831240442}, 1e-6);
  check(arm, kActivation, {0.12, 0.10, 0.10, 0.08, 0.12, 0.04}, 1e-6);
  check(arm, kForce, {98.78627, 123.0492, 131.7259, 113.964, 35.42093, 20.58848}, 2e-4);
  run_to(2);
  check(arm, kShoulder, {1.04711443, 1.57087945, -0.122096607, 0.354384766}, 1e-6);
  check(arm, kActivation, {0.1098, 0.091875, 0.091875, 0.0738, 0.1098, 0.0372}, 1e-6);
  check(arm, kForce, {90.41948, 113.5126, 120.9876, 105.1529, 32.40875, 19.14516}, 2e-4);
  run_to(3);
  check(arm, kShoulder, {1.04589346, 1.5744233, -0.227218925, 0.670923192}, 1e-6);
  check(arm, kActivation, {0.1015245, 0.0851979, 0.0851979, 0.06863959, 0.1015245, 0.03481006}, 1e-6);
  check(arm, kForce, {83.98376, 105.2517, 110.8203, 98.60917, 29.63427, 17.99786}, 2e-4);
  run_to(10);
  check(arm, kShoulder, {1.01304267, 1.67219246, -0.728388691, 2.18107559}, 2e-6);
  check(arm, kHand, {-0.135373961, 0.408916755}, 1e-6);
  check(arm, kActivation, {0.07253083, 0.06108141, 0.06108141, 0.04941214, 0.07253083, 0.02531319}, 1e-6);
  check(arm, kForce, {61.53589, 74.63314, 72.58903, 74.84282, 18.64872, 13.48038}, 2e-4);
  run_to(20);
  check(arm, kShoulder, {0.922858739, 1.94681892, -1.05414772, 3.27982034}, 4e-6);
  check(arm, kHand, {-0.134270158, 0.335811042}, 1e-6);
  run_to(21);
  check(arm, kShoulder, {0.912317262, 1.97961712, -1.10928839, 3.45347201}, 4e-6);
  run_to(40);
  check(arm, kShoulder, {0.652292447, 2.70526028, -1.53865255, 0}, 5e-6);
  check(arm, kHand, {-0.0797042272, 0.116209023}, 1e-6);
  check(arm, kForce, {53.31284, 56.84593, 0.06639845, 68.19808, 0.1219902, 10.47651}, 3e-4);
  run_to(100);
  check(arm, kShoulder, {0.153437943, 1.97333976, -0.00294449636, 0.815975745}, 5e-6);
  check(arm, kHand, {0.129619926, 0.33007101}, 5e-6);
}

TEST_CASE("ctd arm: saturation and the shoulder's limit", "[ctd_task]") {
  Arm arm(60 * kDegree, 90 * kDegree);
  for (int step = 1; step <= 20; ++step) {
    arm.step({0.1f, 0.2f, 0.3f, 0.05f, 0.15f, 0.25f}, 0, 0);
    if (step == 1) check(arm, kActivation, {0.2, 0.4, 0.6, 0.1, 0.3, 0.5}, 1e-6);
    if (step == 2) check(arm, kActivation, {0.18, 0.345, 0.495, 0.091875, 0.264375, 0.421875}, 1e-6);
  }
  CHECK(arm[kShoulder] == 0);
  CHECK(arm[kShoulderVelocity] == 0);
}

namespace {

std::vector<float> in_all_lanes(const std::vector<double>& values) {
  std::vector<float> all;
  for (const double value : values) all.insert(all.end(), kArmLanes, static_cast<float>(value));
  return all;
}

// The course, step by step, and back: states [steps + 1], gradient of the sum by the commands [steps,
// muscles].
struct Course {
  std::vector<std::vector<float>> states;
  double sum = 0;
  std::vector<double> gradient;
};
Course run(const ArmModel& model, int lane) {
  std::vector<std::vector<float>> commands, forces;
  Course c;
  c.states.assign(kCourseSteps + 1, std::vector<float>(kArmRows * kArmLanes));
  const auto start = in_all_lanes(kCourseStart);
  std::copy(start.begin(), start.end(), c.states[0].begin());
  arm_reset(model, kArmLanes, c.states[0].data());
  const auto at = [&](int row) { return static_cast<std::size_t>(row * kArmLanes + lane); };
  const auto seen = [](int k) { return k < 2 ? kHand + k : kLength + k - 2; };  // of a row of the sum
  std::vector<std::vector<float>> d(kCourseSteps + 1, std::vector<float>(kArmRows * kArmLanes));
  for (int t = 0; t < kCourseSteps; ++t) {
    std::vector<double> command;
    for (int m = 0; m < kMuscles; ++m) command.push_back(course_command(t, m));
    commands.push_back(in_all_lanes(command));
    forces.push_back(in_all_lanes(course_force(t)));
    const auto now = static_cast<std::size_t>(t);
    arm_step(model, kArmLanes, c.states[now].data(), commands[now].data(), forces[now].data(),
             c.states[now + 1].data());
    for (int k = 0; k < kObservations; ++k) {
      c.sum += course_weight(t, k) * c.states[now + 1][at(seen(k))];
      d[now + 1][at(seen(k))] = static_cast<float>(course_weight(t, k));
    }
  }
  c.gradient.resize(kCourseSteps * kMuscles);
  for (std::size_t t = kCourseSteps; t-- > 0;) {
    std::vector<float> d_command(kMuscles * kArmLanes);
    arm_step_back(model, kArmLanes, c.states[t].data(), commands[t].data(), forces[t].data(),
                  c.states[t + 1].data(), d[t + 1].data(), d[t].data(), d_command.data());
    for (int m = 0; m < kMuscles; ++m)
      c.gradient[t * kMuscles + static_cast<std::size_t>(m)] = d_command[at(m)];
  }
  return c;
}

}  // namespace

// In single precision. The compliant tendon's roots and quotients by 0.002 cost digits.
TEST_CASE("ctd arm: native courses of five muscles, and their gradients, against MotorNet", "[ctd_task]") {
  for (const ArmCourse& expected : arm_courses()) {
    CAPTURE(expected.model.muscle, expected.model.integration_method, expected.model.n_ministeps);
    const double tolerance = expected.model.muscle == MuscleType::CompliantTendonHillMuscle ? 2e-3 : 5e-5;
    const int lane = 11;
    const Course got = run(expected.model, lane);
    const auto last = [&](int row) {
      return got.states.back()[static_cast<std::size_t>(row * kArmLanes + lane)];
    };
    for (int j = 0; j < 4; ++j) {
      CAPTURE(j);
      CHECK(last(j) ==
            Approx(expected.joints[static_cast<std::size_t>(j)]).epsilon(tolerance).margin(tolerance));
    }
    for (int m = 0; m < kMuscles; ++m) {
      CAPTURE(m);
      const auto k = static_cast<std::size_t>(m);
      CHECK(last(kForce + m) == Approx(expected.forces[k]).epsilon(tolerance).margin(0.01));
      CHECK(got.gradient[3 * kMuscles + k] ==
            Approx(expected.gradient_at_3[k]).epsilon(tolerance).margin(tolerance * expected.gradient_norm));
    }
    double squares = 0;
    for (const double g : got.gradient) squares += g * g;
    CHECK(got.sum == Approx(expected.sum).epsilon(tolerance).margin(tolerance));
    CHECK(std::sqrt(squares) == Approx(expected.gradient_norm).epsilon(tolerance));
  }
}

}  // namespace tsd::ctd_task
