#include "families/microcircuit/data/schedule.hpp"

#include <algorithm>

namespace tsd::microcircuit {

namespace {

std::int64_t ceil_of(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

Schedule::Schedule(const Config& c)
    : settling_steps_(c.settling_steps()),
      presentation_steps_(c.presentation_steps()),
      dataset_size_(c.dataset_size),
      epochs_(c.epochs),
      samples_(std::clamp<std::int64_t>(kStretch / c.presentation_steps(), 1, c.dataset_size)),
      settling_(ceil_of(settling_steps_, kStretch)),
      per_epoch_(ceil_of(dataset_size_, samples_)) {}

double Schedule::euler_steps() const {
  return static_cast<double>(settling_steps_) +
         static_cast<double>(epochs_ * dataset_size_) * static_cast<double>(presentation_steps_);
}

Schedule::Stretch Schedule::operator[](std::int64_t index) const {
  if (index < settling_)
    return {0, index * kStretch, std::min((index + 1) * kStretch, settling_steps_), false, false};
  const std::int64_t part = (index - settling_) % per_epoch_, epoch = (index - settling_) / per_epoch_;
  return {static_cast<int>(epoch) + 1, part * samples_, std::min((part + 1) * samples_, dataset_size_),
          part == 0, part == per_epoch_ - 1};
}

}  // namespace tsd::microcircuit
