#include "families/ctd/shared/arm/arm.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "families/ctd/shared/arm/arm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "families/ctd/shared/arm/arm_back-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd::HWY_NAMESPACE {

// Calls f.template operator()<M>() with the muscle's curves.
template <class F>
void with_muscle(MuscleType type, const F& f) {
  switch (type) {
    case MuscleType::MujocoHillMuscle:
      return f.template operator()<MujocoHill>();
    case MuscleType::ReluMuscle:
      return f.template operator()<Relu>();
    case MuscleType::RigidTendonHillMuscle:
      return f.template operator()<RigidTendonHill>();
    case MuscleType::RigidTendonHillMuscleThelen:
      return f.template operator()<Thelen>();
    case MuscleType::CompliantTendonHillMuscle:
      return f.template operator()<CompliantTendonHill>();
  }
}
template <class F>
void for_lanes(std::ptrdiff_t width, const F& f) {
  for (std::ptrdiff_t i = 0; i < width; i += static_cast<std::ptrdiff_t>(hn::Lanes(D()))) f(i);
}

void reset(const ArmModel& arm, std::ptrdiff_t width, float* states) {
  const Constants c = constants_of<float>(arm);
  with_muscle(arm.muscle, [&]<class M>() {
    for_lanes(width, [&](std::ptrdiff_t i) { begin<M>(c, {states + i, width}); });
  });
}

void step(const ArmModel& arm, std::ptrdiff_t width, const float* states, const float* commands,
          const float* forces, float* nexts) {
  const Constants c = constants_of<float>(arm);
  std::vector<float> chain(chain_size(arm));
  with_muscle(arm.muscle, [&]<class M>() {
    for_lanes(width, [&](std::ptrdiff_t i) {
      const Rows state{states + i, width};
      const Drive drive{{commands + i, width}, {forces + i, width}};
      const NewRows next{nexts + i, width};
      const float dt = static_cast<float>(kArmStep / arm.n_ministeps);
      advance<M>(arm, c, dt, run_chain<M>(arm, c, dt, state, drive, chain.data()), drive, next);
      set_hand(next);
    });
  });
}

void step_back(const ArmModel& arm, std::ptrdiff_t width, const float* states, const float* commands,
               const float* forces, const float* nexts, float* d_nexts, float* d_states, float* d_commands) {
  const Constants c = constants_of<float>(arm);
  std::vector<float> chain(chain_size(arm));
  with_muscle(arm.muscle, [&]<class M>() {
    for_lanes(width, [&](std::ptrdiff_t i) {
      const Rows state{states + i, width};
      const Drive drive{{commands + i, width}, {forces + i, width}};
      const NewRows d_state{d_states + i, width}, d_command{d_commands + i, width};
      NewRows d_next{d_nexts + i, width};
      hand_back({nexts + i, width}, d_next);
      for (int m = 0; m < kMuscles; ++m) d_command.set(m, all(0));
      const float dt = static_cast<float>(kArmStep / arm.n_ministeps);
      run_chain<M>(arm, c, dt, state, drive, chain.data());
      Scratch scratch[2];
      for (int k = arm.n_ministeps - 1; k > 0; --k) {
        const NewRows d_before = scratch[k % 2].zeros();
        advance_back<M>(arm, c, dt, link(chain.data(), k), drive, d_next, d_before, d_command);
        d_next = d_before;
      }
      advance_back<M>(arm, c, dt, state, drive, d_next, d_state, d_command);
    });
  });
}

}  // namespace tsd::ctd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::ctd {

HWY_EXPORT(reset);
HWY_EXPORT(step);
HWY_EXPORT(step_back);

int delay_slots(double delay) { return std::max(1, static_cast<int>(std::lround(delay / kArmStep))); }

std::array<float, 2> fingertip(float q1, float q2) {
  constexpr float L1 = static_cast<float>(kL1), L2 = static_cast<float>(kL2);
  return {L1 * std::cos(q1) + L2 * std::cos(q1 + q2), L1 * std::sin(q1) + L2 * std::sin(q1 + q2)};
}

void arm_reset(const ArmModel& arm, std::ptrdiff_t stride, float* state) {
  HWY_DYNAMIC_DISPATCH(reset)(arm, stride, state);
}

void arm_step(const ArmModel& arm, std::ptrdiff_t stride, const float* state, const float* command,
              const float* force, float* next) {
  HWY_DYNAMIC_DISPATCH(step)(arm, stride, state, command, force, next);
}

void arm_step_back(const ArmModel& arm, std::ptrdiff_t stride, const float* state, const float* command,
                   const float* force, const float* next, float* d_next, float* d_state, float* d_command) {
  HWY_DYNAMIC_DISPATCH(step_back)(arm, stride, state, command, force, next, d_next, d_state, d_command);
}

}  // namespace tsd::ctd
#endif
