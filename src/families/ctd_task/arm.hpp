// A planar arm of two joints and six muscles: MotorNet's rigid-tendon arm with MuJoCo-Hill muscles, in
// float32, one explicit Euler step per control step (ctd-task.md 2.5; motornet 0.2.0, Codol et al. 2024,
// doi:10.7554/eLife.88591). Trials lie side by side: an array is [variable, trial].
#pragma once
#include <array>
#include <cstddef>

namespace tsd::ctd_task {

constexpr double kArmStep = 0.01;  // s
constexpr int kMuscles = 6, kObservations = 14;

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
  kLength = kForce + kMuscles,      // fibre length / optimal length
  kVelocity = kLength + kMuscles,   // musculotendon velocity / 1.5 m/s
  kHand = kVelocity + kMuscles,     // fingertip x, y in m
  kArmRows = kHand + 2
};

// Arrays have rows of `stride` floats, a multiple of kArmLanes; trials past the last one may hold any finite
// posture.
constexpr int kArmLanes = 16;

// The rest of the state from its first four rows, muscles without activation.
void arm_reset(int stride, float* state);

// command [6]: with motor noise, before it is cut to [0, 1]; force [2] at the fingertip in N.
void arm_step(int stride, const float* state, const float* command, const float* force, float* next);

// From the gradient of `next` (kArmRows, overwritten) to that of `state` (overwritten) and of `command`.
void arm_step_back(int stride, const float* state, const float* command, const float* force,
                   const float* d_next, float* d_state, float* d_command);

}  // namespace tsd::ctd_task
