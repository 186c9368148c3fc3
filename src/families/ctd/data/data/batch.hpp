// Trials made ready for a pass, time-major: augmented, with the weights of their elementwise loss
// (ctd_data.md 2.4, 4).
#pragma once
#include <span>
#include <vector>

#include "families/ctd/data/data/noise.hpp"
#include "families/ctd/data/data/recording.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::ctd_data {

struct Batch {
  const Trials* trials = nullptr;
  std::span<const std::int64_t> rows;
  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
};

// What a pass is for.
struct Pass {
  Noise noise;
  bool training = false;  // dropouts and augmentations of training
  bool sample = false;    // posteriors, not their means
  bool dropout = false;   // dropouts outside of training

  bool drops() const { return training || dropout; }
};

// Rows of step t at t R .. (t + 1) R.
struct Prepared {
  int R = 0;
  math::Matrix encod, recon, inputs;  // [encoded R, N_in], [T R, N_all], [T R, U]
  math::Matrix weight;                // [T R, N_all], of each element's loss
  math::Matrix gradient;              // the same of its gradient
  math::Matrix held_out;  // of the loss of samples that the encoders did not see, for the record; or empty
};

class Preparation {
 public:
  Preparation(const Config& config, const Extents& extents) : config_(config), extents_(extents) {}

  // places: of the rows in the batch. What it returns lives until the next call.
  const Prepared& prepare(const Batch& batch, const Pass& pass, std::span<const int> places);

 private:
  void fill(const Batch& batch, const Pass& pass, int i, int place);
  std::vector<float> moved(const float* counts, int T, int columns, const Pass& pass, int place,
                           bool target) const;
  void weigh(const Batch& batch, const Pass& pass, int i, std::int64_t trial);
  void drop_missing(const Pass& pass, int i);
  void keep_session(const Trials& trials, std::int64_t trial, int i);
  void centre_session(const Trials& trials, std::int64_t trial, int i);
  void validate_samples(int i, const float* seen);
  void hide_coordinated(const Pass& pass, int i, int place);
  void measure(const Batch& batch, const Pass& pass);
  std::size_t row(int t, int i) const { return static_cast<std::size_t>(t) * out_.R + i; }

  const Config& config_;
  Extents extents_;
  Prepared out_;
  math::Buffer encod_, recon_, inputs_, weight_, gradient_, held_out_, mask_;
  double mean_length_ = 1, found_ = 1;  // of the batch: steps, fraction of samples
};

}  // namespace tsd::ctd_data
