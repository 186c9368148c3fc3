// Planar arms of two joints and six muscles, MotorNet's, in float32 (ctd_task.md 2.5 and Appendix B; motornet
// 0.2.0, Codol et al. 2024, doi:10.7554/eLife.88591). That of the reaches has rigid tendons, MuJoCo-Hill
// muscles, and one explicit Euler step per control step. Trials lie side by side: an array is
// [variable, trial].
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace tsd::ctd {

constexpr double kArmStep = 0.01;  // s
constexpr int kMuscles = 6;
// What a network is told: where its hand is, then its muscles' lengths and velocities.
constexpr int kSeen = 2, kFelt = 2 * kMuscles, kObservations = kSeen + kFelt;

enum class MuscleType {
  MujocoHillMuscle,
  ReluMuscle,
  RigidTendonHillMuscle,
  RigidTendonHillMuscleThelen,
  CompliantTendonHillMuscle
};
enum class Integration { euler, rk4 };

struct ArmModel {
  MuscleType muscle = MuscleType::MujocoHillMuscle;
  Integration integration_method = Integration::euler;
  int n_ministeps = 1;  // per control step, with the same command and force
  double damping = 0;   // of both joints, N m s / rad
  // Limits of shoulder and elbow; 135 and 155 degrees.
  std::vector<double> pos_lower_bound = {0, 0};  // rad
  std::vector<double> pos_upper_bound = {2.356194490192345, 2.705260340591211};
  std::vector<double> vel_lower_bound = {-1000, -1000}, vel_upper_bound = {1000, 1000};  // rad/s
  std::optional<double> min_activation = {}, tau_activation = {},
                        tau_deactivation = {};  // s; none: the muscle's own
  // Of the MuJoCo muscle: lengths over the optimal one, m/s, force over the strongest.
  double passive_forces = 1, normalized_slack_muscle_length = 1.3, lmin = 0.5, lmax = 1.6, vmax = 1.5,
         fvmax = 1.2;
};

// What a network has in its hands, and when it hears of it.
struct ArmLoop {
  ArmModel arm;
  double proprioception_delay = 0.02, vision_delay = 0.05;  // s, nominal
};

// Steps from one making of an observation to its use, at least 1.
int delay_slots(double delay);

// Metres. q in rad: shoulder, elbow.
std::array<float, 2> fingertip(float q1, float q2);

// Rows of the state that one step hands to the next.
enum ArmRow : int {
  kShoulder,                        // rad
  kElbow,                           // rad
  kShoulderVelocity,                // rad/s
  kElbowVelocity,                   // rad/s
  kActivation,                      // six rows
  kForce = kActivation + kMuscles,  // N
  kLength = kForce + kMuscles,      // of the fibre / optimal length; ReluMuscle: of muscle and tendon in m
  kVelocity = kLength + kMuscles,   // over the muscle's scale: vmax, 1 m/s, or 10 optimal lengths per s
  kHand = kVelocity + kMuscles,     // fingertip x, y in m
  kActive = kHand + 2,              // active force / strongest; compliant tendons only
  kArmRows = kActive + kMuscles
};

// Arrays have rows of `stride` floats, a multiple of kArmLanes; trials past the last one may hold any finite
// posture.
constexpr int kArmLanes = 16;

// The rest of the state from its first four rows, with the least activation.
void arm_reset(const ArmModel& arm, std::ptrdiff_t stride, float* state);

// command [6]: with motor noise, before it is cut to [0, 1]; force [2] at the fingertip in N.
void arm_step(const ArmModel& arm, std::ptrdiff_t stride, const float* state, const float* command,
              const float* force, float* next);

// From the gradient of `next` to that of `state` (added) and of `command` (overwritten). d_next is changed.
void arm_step_back(const ArmModel& arm, std::ptrdiff_t stride, const float* state, const float* command,
                   const float* force, const float* next, float* d_next, float* d_state, float* d_command);

}  // namespace tsd::ctd
