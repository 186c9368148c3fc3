#include "families/ctd/data/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::ctd_data {

double ramp(std::int64_t epoch, std::int64_t start, std::int64_t increase) {
  return std::clamp(static_cast<double>(epoch + 1 - start) / static_cast<double>(increase + 1), 0.0, 1.0);
}

bool Schedule::end_epoch(double metric) {
  constexpr double kMemory = 0.3;
  const bool first = epochs_++ == 0, smooths = config_.model.is_lfads();
  smoothed_ = first || !smooths ? metric : kMemory * smoothed_ + (1 - kMemory) * metric;
  const bool best = first || smoothed_ < best_;
  if (best) best_ = smoothed_;
  since_best_ = best ? 0 : since_best_ + 1;
  if (smooths && config_.train.lr_scheduler) {
    plateau_ = best ? 0 : plateau_ + 1;
    reduce_on_plateau();
  }
  return best;
}

// torch.optim.lr_scheduler.ReduceLROnPlateau with threshold 0, which ignores changes up to 1e-8.
void Schedule::reduce_on_plateau() {
  if (plateau_ <= config_.train.lr_patience) return;
  plateau_ = 0;
  const double lower = std::max(lr_ * config_.train.lr_decay, config_.train.lr_stop);
  if (lr_ - lower > 1e-8) lr_ = lower;
}

bool Schedule::finished() const {
  const std::int64_t patience = config_.train.early_stopping_patience;
  return config_.model.is_lfads() && patience > 0 && since_best_ >= patience;
}

}  // namespace tsd::ctd_data
