// How the students of a run spend their time (microcircuit.md 2.4).
#pragma once
#include <cstdint>

#include "families/microcircuit/config.hpp"

namespace tsd::microcircuit {

// A step of the runner is a stretch of samples, of about kStretch Euler steps: tens of milliseconds.
class Schedule {
 public:
  explicit Schedule(const Config& config);

  struct Stretch {
    int epoch;                 // from 1; 0: settling
    std::int64_t first, last;  // samples of the epoch [first, last); Euler steps while settling
    bool begins_epoch, ends_epoch;

    bool operator==(const Stretch&) const = default;
  };
  double euler_steps() const;  // of each student
  std::int64_t total() const { return settling_ + epochs_ * per_epoch_; }
  Stretch operator[](std::int64_t index) const;
  std::int64_t euler_steps(const Stretch& stretch) const {
    return (stretch.last - stretch.first) * (stretch.epoch == 0 ? 1 : presentation_steps_);
  }

  bool operator==(const Schedule&) const = default;

 private:
  static constexpr std::int64_t kStretch = 10000;
  std::int64_t settling_steps_, presentation_steps_, dataset_size_, epochs_, samples_, settling_, per_epoch_;
};

}  // namespace tsd::microcircuit
