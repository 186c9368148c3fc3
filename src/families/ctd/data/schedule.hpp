// What changes from epoch to epoch: ramps, the step size, the end (ctd_data.md 4.2).
#pragma once
#include <cstdint>
#include <tuple>

#include "families/ctd/data/config.hpp"

namespace tsd::ctd_data {

// From 0 to 1 over `increase` epochs from `start` on; epochs count from 0.
double ramp(std::int64_t epoch, std::int64_t start, std::int64_t increase);

class Schedule {
 public:
  explicit Schedule(const Config& config) : config_(config), lr_(config.train.lr) {}

  double lr() const { return lr_; }
  void begin_with_lr(double lr) { lr_ = lr; }  // from here on, whatever plateaus there were
  double smoothed() const { return smoothed_; }
  // Takes in an epoch's validation metric (LFADS: reconstruction, smoothed first; SAE: loss). True where it
  // is the best so far.
  bool end_epoch(double metric);
  bool finished() const;  // no improvement for too long

  // For checkpoints.
  static auto numbers(auto& self) {
    return std::tie(self.lr_, self.smoothed_, self.best_, self.epochs_, self.since_best_, self.plateau_);
  }

 private:
  void reduce_on_plateau();

  const Config& config_;
  double lr_, smoothed_ = 0, best_ = 0;
  std::int64_t epochs_ = 0, since_best_ = 0, plateau_ = 0;
};

}  // namespace tsd::ctd_data
