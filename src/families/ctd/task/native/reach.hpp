// The arm in a block of trials: states over time, what the network sees of them, and the way back.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "families/ctd/shared/arm/arm.hpp"
#include "families/ctd/task/model/backend.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::ctd_task {

class Reach {
 public:
  explicit Reach(const RandomTarget& task);

  // Trials `rows` of the batch at their start.
  void begin(const Batch& batch, const Noise& noise, std::span<const int> rows);

  // Observation k (made after k steps) into the first columns of x; ctd_task.md 2.5.7.
  void observe(int k, math::Matrix x) const;
  // Step t, by the network's outputs y.
  void step(int t, math::Matrix y);
  std::array<float, 2> hand(int t, int i) const;  // after step t, of row i
  std::array<float, 4> joints(int t, int i) const;

  // Backward, from the last step to the first: gradients of positions and observations are added to those of
  // the states, which step_back() passes on.
  void begin_back();
  void add_hand_gradient(int t, int i, float dx, float dy);
  void add_observation_gradient(int k, math::Matrix dx);
  void step_back(int t, math::Matrix dy);  // adds to dy

 private:
  static constexpr int kSensorNumbers = 16;  // 12 lengths and velocities, 2 coordinates
  float* state(int k) { return states_.data() + stride_ * ctd::kArmRows * k; }
  const float* state(int k) const { return states_.data() + stride_ * ctd::kArmRows * k; }
  float* d_state(int k) { return d_states_.data() + stride_ * ctd::kArmRows * k; }
  float* command(int t) { return commands_.data() + stride_ * ctd::kMuscles * t; }
  float* force(int t) { return forces_.data() + stride_ * 2 * t; }
  // Which sample the observation is, counted from the one of the reset.
  static int sample(int k, int slots) { return std::max(k + 2 - slots, 0); }
  static int sampled_state(int k, int slots) { return std::max(k + 1 - slots, 0); }

  RandomTarget task_;
  int T_, vision_slots_, body_slots_;
  std::ptrdiff_t stride_ = 0;  // between the rows of all arrays
  const Batch* batch_ = nullptr;
  const Noise* noise_ = nullptr;
  std::span<const int> rows_;
  std::vector<float> states_, d_states_, commands_, forces_, d_command_;
};

}  // namespace tsd::ctd_task
