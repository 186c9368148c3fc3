// Delayed reaches of an arm to random targets, pushed by forces (ctd_task.md 2.4).
#pragma once
#include <cstdint>
#include <string>

#include "families/ctd/shared/arm/arm.hpp"
#include "families/ctd/task/data/trial.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::ctd_task {

struct RandomTarget : ctd::ArmLoop {
  double max_ep_duration = 3.0;  // s
  double action_noise = 0.005, proprioception_noise = 0.005, vision_noise = 0.005;
  double pos_weight = 1, act_weight = 1;
  double context_input_noise = 0.04;
  double bump_mag_low = 5, bump_mag_high = 10;  // N
  bool is_aligned = false, independent_sensor_noise = false;
  bool move_bump = false;  // one reach for all trials, each pushed sideways in the middle of it

  TaskShape shape() const;
};

void generate(const RandomTarget& task, std::int64_t n_samples, NumpyLegacy& stream, const TrialSink& sink);

// Steps of the position loss in epoch E: ceil(T min(1, E / 200)).
int curriculum_steps(int T, std::int64_t epoch);

}  // namespace tsd::ctd_task
