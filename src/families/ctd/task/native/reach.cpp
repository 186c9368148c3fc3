#include "families/ctd/task/native/reach.hpp"

#include <algorithm>

namespace tsd::ctd_task {

using namespace ctd;

Reach::Reach(const RandomTarget& task)
    : task_(task),
      T_(task.shape().T),
      vision_slots_(delay_slots(task.vision_delay)),
      body_slots_(delay_slots(task.proprioception_delay)) {}

void Reach::begin(const Batch& batch, const Noise& noise, std::span<const int> rows) {
  batch_ = &batch, noise_ = &noise, rows_ = rows;
  const auto R = static_cast<std::ptrdiff_t>(rows.size());
  stride_ = (R + kArmLanes - 1) / kArmLanes * kArmLanes;
  const auto resize = [&](std::vector<float>& values, int steps, int width) {
    values.assign(static_cast<std::size_t>(stride_ * steps * width), 0.0f);
  };
  resize(states_, T_ + 1, kArmRows);
  resize(commands_, T_, kMuscles);
  resize(forces_, T_, 2);
  for (int i = 0; i < R; ++i) {
    const auto trial = batch.trials[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])];
    const auto start = Dataset::row(batch.data->ics, trial, 4);
    for (int j = 0; j < 4; ++j) state(0)[j * stride_ + i] = start[static_cast<std::size_t>(j)];
    const auto given = Dataset::row(batch.data->inputs_to_env, trial, 2 * static_cast<std::size_t>(T_));
    for (int t = 0; t < 2 * T_; ++t)
      forces_[static_cast<std::size_t>(t * stride_ + i)] = given[static_cast<std::size_t>(t)];
  }
  arm_reset(task_.arm, stride_, state(0));
}

void Reach::observe(int k, math::Matrix x) const {
  const float* seen = state(sampled_state(k, vision_slots_)) + kHand * stride_;
  const float* felt = state(sampled_state(k, body_slots_)) + kLength * stride_;
  const auto vision_std = static_cast<float>(task_.vision_noise),
             body_std = static_cast<float>(task_.proprioception_noise);
  float of_body[kSensorNumbers] = {}, of_vision[kSensorNumbers] = {};
  for (int i = 0; i < x.rows; ++i) {
    const int row = rows_[static_cast<std::size_t>(i)];
    if (noise_->on) {
      noise_->fill(NoiseKind::sensor, row, sample(k, body_slots_), kSensorNumbers, 1, of_body);
      noise_->fill(NoiseKind::sensor, row, sample(k, vision_slots_), kSensorNumbers, 1, of_vision);
    }
    float* to = x.row(i);
    const bool own = task_.independent_sensor_noise;
    for (int c = 0; c < 2; ++c) to[c] = seen[c * stride_ + i] + vision_std * of_vision[12 + (own ? c : 0)];
    for (int c = 0; c < 2 * kMuscles; ++c)
      to[2 + c] = felt[c * stride_ + i] + body_std * of_body[own ? c : 0];
  }
}

void Reach::step(int t, math::Matrix y) {
  float noise[8] = {};
  float* to = command(t);
  for (int i = 0; i < y.rows; ++i) {
    if (noise_->on)
      noise_->fill(NoiseKind::action, rows_[static_cast<std::size_t>(i)], t, kMuscles, task_.action_noise,
                   noise);
    for (int m = 0; m < kMuscles; ++m) to[m * stride_ + i] = y.row(i)[m] + noise[m];
  }
  arm_step(task_.arm, stride_, state(t), to, force(t), state(t + 1));
}

std::array<float, 2> Reach::hand(int t, int i) const {
  const float* at = state(t + 1) + kHand * stride_ + i;
  return {at[0], at[stride_]};
}

std::array<float, 4> Reach::joints(int t, int i) const {
  const float* at = state(t + 1) + i;
  return {at[0], at[stride_], at[2 * stride_], at[3 * stride_]};
}

void Reach::begin_back() {
  d_states_.assign(states_.size(), 0.0f);
  d_command_.resize(static_cast<std::size_t>(kMuscles * stride_));
}

void Reach::add_hand_gradient(int t, int i, float dx, float dy) {
  float* at = d_state(t + 1) + kHand * stride_ + i;
  at[0] += dx;
  at[stride_] += dy;
}

void Reach::add_observation_gradient(int k, math::Matrix dx) {
  float* seen = d_state(sampled_state(k, vision_slots_)) + kHand * stride_;
  float* felt = d_state(sampled_state(k, body_slots_)) + kLength * stride_;
  for (int i = 0; i < dx.rows; ++i) {
    const float* from = dx.row(i);
    for (int c = 0; c < 2; ++c) seen[c * stride_ + i] += from[c];
    for (int c = 0; c < 2 * kMuscles; ++c) felt[c * stride_ + i] += from[2 + c];
  }
}

void Reach::step_back(int t, math::Matrix dy) {
  arm_step_back(task_.arm, stride_, state(t), command(t), force(t), state(t + 1), d_state(t + 1), d_state(t),
                d_command_.data());
  for (int i = 0; i < dy.rows; ++i)
    for (int m = 0; m < kMuscles; ++m) dy.row(i)[m] += d_command_[static_cast<std::size_t>(m * stride_ + i)];
}

}  // namespace tsd::ctd_task
